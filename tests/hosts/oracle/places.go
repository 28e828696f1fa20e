package main

import (
	"reflect"
	"regexp"
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Types of core/v1 whose `name` is that of a ConfigMap or Secret, or may be one.
var namers = map[string]bool{
	"ConfigMapKeySelector": true,
	"LocalObjectReference": true,
	"ObjectReference":      true,
	"SecretKeySelector":    true,
	"SecretReference":      true,
}

// A string that says itself what it names. The class of a CSI driver's secret provider is none: it is in a map.
var namesConfig = regexp.MustCompile(`(?i)(secret|configmap)`)

type placesAnswer struct {
	// Fields below a pod spec that name a config; `[]` is each item of a list.
	Fields []string `json:"fields"`
}

// Walks the Go types of a pod spec.
func askPlaces(string) placesAnswer {
	found := map[string]bool{}
	walkPlaces(reflect.TypeFor[corev1.PodSpec](), "", nil, found)
	answer := placesAnswer{Fields: []string{}}
	for field := range found {
		answer.Fields = append(answer.Fields, field)
	}
	sort.Strings(answer.Fields)
	return answer
}

func walkPlaces(t reflect.Type, path string, above []reflect.Type, found map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer:
		walkPlaces(t.Elem(), path, above, found)
		return
	case reflect.Slice, reflect.Array:
		walkPlaces(t.Elem(), path+"[]", above, found)
		return
	case reflect.Map:
		walkPlaces(t.Elem(), path+".*", above, found)
		return
	case reflect.Struct:
	default:
		return
	}
	for _, outer := range above {
		if outer == t {
			return
		}
	}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		below := path
		if name != "" && name != "-" {
			below = strings.TrimPrefix(path+"."+name, ".")
		}
		kind := field.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		isName := name == "name" && namers[t.Name()]
		if kind.Kind() == reflect.String && (isName || namesConfig.MatchString(name)) {
			found[below] = true
		}
		walkPlaces(field.Type, below, append(above[:len(above):len(above)], t), found)
	}
}
