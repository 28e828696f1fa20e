// What the controllers' own types make of objects that become Secrets. Built by .ci/hosts.
//
//	types          reads one JSON object a line, answers each with one line of JSON
//	types version
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"

	sealed "github.com/bitnami-labs/sealed-secrets/pkg/apis/sealedsecrets/v1alpha1"
	cert "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	eso "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	esobeta "github.com/external-secrets/external-secrets/apis/externalsecrets/v1beta1"
	strict "sigs.k8s.io/json"
	csi "sigs.k8s.io/secrets-store-csi-driver/apis/v1"
)

// Set by the linker.
var version = "unknown"

// An answer about one object.
type answer struct {
	// Its type is none of these.
	Unknown bool `json:"unknown"`
	// What the type has no field for, or takes otherwise.
	Refused []string `json:"refused"`
	// The Secrets that it makes in its own namespace.
	Makes []string `json:"makes"`
	// The keys that it names of them, sorted.
	Keys []string `json:"keys"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println(version)
		return
	}
	in, out := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20)), bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for {
		var line json.RawMessage
		err := in.Decode(&line)
		if errors.Is(err, io.EOF) {
			err = out.Flush()
			if err == nil {
				return
			}
		}
		if err == nil {
			err = encoder.Encode(ask(line))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "types:", err)
			os.Exit(1)
		}
	}
}

// read decodes an object into its type, and keeps what that refuses.
func read[T any](line []byte, out *answer) *T {
	object := new(T)
	unknown, err := strict.UnmarshalStrict(line, object)
	for _, each := range append(unknown, err) {
		if each != nil {
			out.Refused = append(out.Refused, each.Error())
		}
	}
	return object
}

func ask(line []byte) (out answer) {
	out.Refused, out.Makes, out.Keys = []string{}, []string{}, []string{}
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if json.Unmarshal(line, &head) != nil {
		out.Unknown = true
		return out
	}
	makes := func(names ...string) {
		for _, name := range names {
			if name != "" {
				out.Makes = append(out.Makes, name)
				return
			}
		}
	}
	group, _, _ := strings.Cut(head.APIVersion, "/")
	switch head.Kind + "." + group {
	case "SealedSecret.bitnami.com":
		object := read[sealed.SealedSecret](line, &out)
		// `Unseal` of its type: the Secret has the name of the SealedSecret.
		makes(object.Name)
		for key := range object.Spec.EncryptedData {
			out.Keys = append(out.Keys, key)
		}
		for key := range object.Spec.Template.Data {
			if _, twice := object.Spec.EncryptedData[key]; !twice {
				out.Keys = append(out.Keys, key)
			}
		}
	case "ExternalSecret.external-secrets.io":
		if head.APIVersion == "external-secrets.io/v1beta1" {
			object := read[esobeta.ExternalSecret](line, &out)
			makes(object.Spec.Target.Name, object.Name)
			for _, data := range object.Spec.Data {
				out.Keys = append(out.Keys, data.SecretKey)
			}
			break
		}
		object := read[eso.ExternalSecret](line, &out)
		makes(object.Spec.Target.Name, object.Name)
		for _, data := range object.Spec.Data {
			out.Keys = append(out.Keys, data.SecretKey)
		}
	case "SecretProviderClass.secrets-store.csi.x-k8s.io":
		for _, secret := range read[csi.SecretProviderClass](line, &out).Spec.SecretObjects {
			makes(secret.SecretName)
		}
	case "Certificate.cert-manager.io":
		makes(read[cert.Certificate](line, &out).Spec.SecretName)
	default:
		out.Unknown = true
	}
	sort.Strings(out.Keys)
	return out
}
