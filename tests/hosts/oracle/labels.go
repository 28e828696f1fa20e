package main

import "k8s.io/apimachinery/pkg/labels"

type labelsQuestion struct {
	Selector string              `json:"selector"`
	Labels   []map[string]string `json:"labels"`
}

type labelsAnswer struct {
	Error   string `json:"error,omitempty"`
	Matches []bool `json:"matches,omitempty"`
}

func askLabels(q labelsQuestion) labelsAnswer {
	selector, err := labels.Parse(q.Selector)
	if err != nil {
		return labelsAnswer{Error: err.Error()}
	}
	var a labelsAnswer
	for _, set := range q.Labels {
		a.Matches = append(a.Matches, selector.Matches(labels.Set(set)))
	}
	return a
}
