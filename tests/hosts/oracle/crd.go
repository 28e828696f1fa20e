package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// Where CustomResourceDefinitions are, and an object of one of them.
type crdQuestion struct {
	Folder string         `json:"folder"`
	Object map[string]any `json:"object"`
}

type crdAnswer struct {
	// The folder has a schema for it.
	Known bool `json:"known"`
	// What the schema refuses.
	Errors []string `json:"errors"`
	// What an API server would drop without a word.
	Pruned []string `json:"pruned"`
}

// A version of a kind.
type served struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
}

var definitions = struct {
	sync.Mutex
	folder string
	byKind map[string]served
	err    error
}{}

// What an API server with these definitions makes of an object, as far as schemas say it (CEL rules and defaults aside).
func askCRD(q crdQuestion) crdAnswer {
	answer := crdAnswer{Errors: []string{}, Pruned: []string{}}
	known, err := load(q.Folder)
	if err != nil {
		answer.Errors = append(answer.Errors, err.Error())
		return answer
	}
	found, ok := known[fmt.Sprint(q.Object["apiVersion"], " ", q.Object["kind"])]
	if !ok {
		return answer
	}
	answer.Known = true
	answer.Pruned = append(answer.Pruned, pruning.PruneWithOptions(q.Object, found.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})...)
	for _, err := range validation.ValidateCustomResource(nil, q.Object, found.validator) {
		answer.Errors = append(answer.Errors, err.Error())
	}
	return answer
}

func load(folder string) (map[string]served, error) {
	definitions.Lock()
	defer definitions.Unlock()
	if definitions.byKind == nil || definitions.folder != folder {
		definitions.folder, definitions.byKind = folder, map[string]served{}
		definitions.err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			if err := loadFile(path); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			return nil
		})
	}
	return definitions.byKind, definitions.err
}

func loadFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var crd v1.CustomResourceDefinition
		if err := json.Unmarshal(raw, &crd); err != nil || crd.Kind != "CustomResourceDefinition" {
			continue // a template, or something beside it
		}
		for _, version := range crd.Spec.Versions {
			if version.Schema == nil || version.Schema.OpenAPIV3Schema == nil {
				continue
			}
			var internal apiextensions.JSONSchemaProps
			if err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &internal, nil); err != nil {
				return err
			}
			structural, err := schema.NewStructural(&internal)
			if err != nil {
				return err
			}
			validator, _, err := validation.NewSchemaValidator(&internal)
			if err != nil {
				return err
			}
			api := strings.Trim(crd.Spec.Group+"/"+version.Name, "/")
			definitions.byKind[api+" "+crd.Spec.Names.Kind] = served{structural, validator}
		}
	}
}
