// What Go makes of a text: the oracle for what restamp reads as Kubernetes and Reloader do. Built by .ci/hosts.
//
//	oracle MODE    reads one JSON value a line, answers each with one line of JSON
//	oracle version
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Set by the linker.
var version = "unknown"

var modes = map[string]func(json.RawMessage) (any, error){
	"crd":    mode(askCRD),
	"labels": mode(askLabels),
	"places": mode(askPlaces),
	"regexp": mode(askRegexp),
	"text":   mode(askText),
	"yaml":   mode(askYAML),
}

// mode gives a function its question as the type that it takes.
func mode[Q, A any](answer func(Q) A) func(json.RawMessage) (any, error) {
	return func(line json.RawMessage) (any, error) {
		var question Q
		if err := json.Unmarshal(line, &question); err != nil {
			return nil, err
		}
		return answer(question), nil
	}
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 1 && args[0] == "version" {
		fmt.Println(version)
		return nil
	}
	if len(args) != 1 || modes[args[0]] == nil {
		return fmt.Errorf("unknown mode in %q", args)
	}
	in := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		var line json.RawMessage
		if err := in.Decode(&line); errors.Is(err, io.EOF) {
			return out.Flush()
		} else if err != nil {
			return err
		}
		answer, err := modes[args[0]](line)
		if err != nil {
			return err
		}
		if err := encoder.Encode(answer); err != nil {
			return err
		}
	}
}
