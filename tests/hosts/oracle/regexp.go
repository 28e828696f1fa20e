package main

import "regexp"

type regexpQuestion struct {
	// As it stands: whoever asks adds `^` and `$`.
	Pattern string   `json:"pattern"`
	Names   []string `json:"names"`
}

type regexpAnswer struct {
	Error   string `json:"error,omitempty"`
	Matches []bool `json:"matches,omitempty"`
}

func askRegexp(q regexpQuestion) regexpAnswer {
	re, err := regexp.Compile(q.Pattern)
	if err != nil {
		return regexpAnswer{Error: err.Error()}
	}
	var a regexpAnswer
	for _, name := range q.Names {
		a.Matches = append(a.Matches, re.MatchString(name))
	}
	return a
}
