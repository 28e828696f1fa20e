package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	typed "sigs.k8s.io/json"
	"sigs.k8s.io/kustomize/kyaml/kio"
	kyaml "sigs.k8s.io/kustomize/kyaml/yaml"
)

type reading struct {
	// What kubectl reads before it refuses something, and why somebody would refuse it later ("" if nobody does).
	Objects []string `json:"objects"`
	Refused []string `json:"refused"`
	// Why kubectl refuses to read on.
	Kubectl string `json:"kubectl"`
	// Why kustomize refuses the text; it is asked where kubectl does.
	Kustomize string `json:"kustomize"`
}

// A text as kubectl reads it: cli-runtime's StreamVisitor.
func askYAML(text string) (out reading) {
	out = reading{Objects: []string{}, Refused: []string{}}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewBufferString(text), 4096)
	for {
		object := runtime.RawExtension{}
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			out.Kubectl = err.Error()
			out.Kustomize = kustomize(text)
			return
		}
		raw := bytes.TrimSpace(object.Raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		out.Objects = append(out.Objects, string(raw))
		out.Refused = append(out.Refused, refused(raw))
	}
}

// Why kubectl or the API server refuses an object: its kind, its metadata, or a field of another type.
func refused(raw []byte) string {
	object, _, err := unstructured.UnstructuredJSONScheme.Decode(raw, nil, nil)
	if err != nil {
		return err.Error()
	}
	list, ok := object.(*unstructured.UnstructuredList)
	if ok && strings.HasSuffix(list.GetKind(), "List") {
		for _, item := range list.Items {
			text, err := item.MarshalJSON()
			if err != nil {
				return err.Error()
			}
			if problem := refused(text); problem != "" {
				return problem
			}
		}
		return ""
	}
	if object.GetObjectKind().GroupVersionKind().Version == "" {
		return "apiVersion not set"
	}
	var into any = &struct {
		meta.ObjectMeta `json:"metadata"`
	}{}
	kind := object.GetObjectKind().GroupVersionKind()
	switch kind.Group + "/" + kind.Kind {
	case "/ConfigMap":
		into = &core.ConfigMap{}
	case "/Secret":
		into = &core.Secret{}
	case "/Pod":
		into = &core.Pod{}
	case "apps/Deployment":
		into = &apps.Deployment{}
	case "apps/StatefulSet":
		into = &apps.StatefulSet{}
	case "apps/DaemonSet":
		into = &apps.DaemonSet{}
	case "batch/Job":
		into = &batch.Job{}
	case "batch/CronJob":
		into = &batch.CronJob{}
	}
	if err := typed.UnmarshalCaseSensitivePreserveInts(raw, into); err != nil {
		return err.Error()
	}
	return ""
}

// Why kustomize refuses a text: its reader, and the JSON that it makes of each object.
func kustomize(text string) (problem string) {
	defer func() {
		if panicked := recover(); panicked != nil {
			problem = fmt.Sprint("panic: ", panicked)
		}
	}()
	// Aliases stay: kustomize would overflow its stack on one inside of what it names.
	reader := kio.ByteReader{Reader: bytes.NewBufferString(text), OmitReaderAnnotations: true}
	nodes, err := reader.Read()
	if err != nil {
		return err.Error()
	}
	for _, node := range nodes {
		if node.YNode().Kind != kyaml.MappingNode {
			continue
		}
		if _, err := node.MarshalJSON(); err != nil && !strings.Contains(err.Error(), "already defined") {
			return err.Error()
		}
	}
	return ""
}
