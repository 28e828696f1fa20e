package main

import (
	"strconv"
	"strings"
)

type textQuestion string

type textAnswer struct {
	True    bool     `json:"true"`
	Entries []string `json:"entries"`
}

// What Reloader makes of an annotation's value.
func askText(q textQuestion) textAnswer {
	var a textAnswer
	a.True, _ = strconv.ParseBool(string(q))
	for _, entry := range strings.Split(string(q), ",") {
		a.Entries = append(a.Entries, strings.TrimSpace(entry))
	}
	return a
}
