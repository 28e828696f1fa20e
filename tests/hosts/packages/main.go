// packages says whether what package managers get of a release is what they read: it decodes each manifest into their own
// types and refuses a field that they do not know.
//
//	packages DIR        a folder that `.ci/release manifests` wrote
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"

	flux "github.com/fluxcd/flux2/v2/pkg/plugin"
	krew "sigs.k8s.io/krew/pkg/index"
	"sigs.k8s.io/kustomize/kyaml/fn/framework"
	"sigs.k8s.io/kustomize/kyaml/resid"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		info, _ := debug.ReadBuildInfo()
		fmt.Println(info.GoVersion)
		return
	}
	dir := os.Args[1]
	for _, check := range []func(string) error{krewPlugin, fluxPlugin, function} {
		if err := check(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func read(dir, name string, into any) error {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err == nil && into != nil {
		err = yaml.UnmarshalStrict(text, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

var hash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Targets as Go names them.
var targets = []string{"darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64", "windows/amd64"}

func all(name string, seen map[string]bool) error {
	for _, target := range targets {
		if !seen[target] {
			return fmt.Errorf("%s lacks %s", name, target)
		}
	}
	return nil
}

func krewPlugin(dir string) error {
	var plugin krew.Plugin
	const name = "krew/restamp.yaml"
	if err := read(dir, name, &plugin); err != nil {
		return err
	}
	if plugin.Kind != "Plugin" || plugin.Name != "restamp" || !strings.HasPrefix(plugin.Spec.Version, "v") ||
		plugin.Spec.ShortDescription == "" || len(plugin.Spec.ShortDescription) > 50 || plugin.Spec.Homepage == "" {
		return fmt.Errorf("%s: %+v", name, plugin)
	}
	seen := map[string]bool{}
	for _, platform := range plugin.Spec.Platforms {
		labels := platform.Selector.MatchLabels
		seen[labels["os"]+"/"+labels["arch"]] = true
		if !hash.MatchString(platform.Sha256) || platform.Bin == "" || len(platform.Files) == 0 {
			return fmt.Errorf("%s: %+v", name, platform)
		}
	}
	return all(name, seen)
}

func fluxPlugin(dir string) error {
	var plugin flux.Manifest
	const name = "flux/restamp.yaml"
	if err := read(dir, name, &plugin); err != nil {
		return err
	}
	if plugin.APIVersion != flux.APIVersion || plugin.Kind != flux.PluginKind || plugin.Bin != "restamp" || len(plugin.Versions) != 1 {
		return fmt.Errorf("%s: %+v", name, plugin)
	}
	seen := map[string]bool{}
	for _, platform := range plugin.Versions[0].Platforms {
		seen[platform.OS+"/"+platform.Arch] = true
		if digest, ok := strings.CutPrefix(platform.Checksum, "sha256:"); !ok || !hash.MatchString(digest) {
			return fmt.Errorf("%s: %+v", name, platform)
		}
	}
	return all(name, seen)
}

// function reads the definition as a kustomize framework does, which then has the schema of its functionConfig.
func function(dir string) error {
	const name = "krm/restamp.yaml"
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	var definition framework.KRMFunctionDefinition
	if err := yaml.Unmarshal(text, &definition); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	kind := resid.NewGvk(definition.Spec.Group, "v1alpha1", definition.Spec.Names.Kind)
	schema, err := framework.SchemaFromFunctionDefinition(kind, string(bytes.TrimSpace(text)))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, there := schema.Properties["spec"].Properties["select"]; !there {
		return fmt.Errorf("%s: its schema lacks spec.select", name)
	}
	return nil
}
