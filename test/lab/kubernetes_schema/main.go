// Reads Kubernetes manifests as the API server does, strictly: a field that the API does not have, has twice, or has of
// another type is an error.
//
//	kubernetes_schema FILE...          manifests, as `kubectl apply -f` takes them
//	kubernetes_schema -kustomize DIR   what kustomize builds of a folder
//
// It writes all objects as JSON, in the order of the files, or one line for each error.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	serializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, rbacv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			fail([]error{err})
		}
	}
	strict := serializer.NewSerializerWithOptions(
		serializer.DefaultMetaFactory, scheme, scheme, serializer.SerializerOptions{Yaml: true, Strict: true},
	)
	var objects []runtime.Object
	var failures []error
	texts, err := read(os.Args[1:])
	if err != nil {
		failures = append(failures, err)
	}
	for _, text := range texts {
		reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text.content)))
		for {
			document, err := reader.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", text.name, err))
				break
			}
			object, _, err := strict.Decode(document, nil, nil)
			if err != nil {
				failures = append(failures, fmt.Errorf("%s: %w", text.name, err))
				continue
			}
			objects = append(objects, object)
		}
	}
	if len(failures) > 0 {
		fail(failures)
	}
	if err := json.NewEncoder(os.Stdout).Encode(objects); err != nil {
		fail([]error{err})
	}
}

type text struct {
	name    string
	content []byte
}

func read(arguments []string) ([]text, error) {
	if len(arguments) == 2 && arguments[0] == "-kustomize" {
		built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), arguments[1])
		if err != nil {
			return nil, err
		}
		content, err := built.AsYaml()
		return []text{{arguments[1], content}}, err
	}
	var texts []text
	for _, path := range arguments {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text{path, content})
	}
	return texts, nil
}

func fail(failures []error) {
	for _, failure := range failures {
		fmt.Fprintln(os.Stderr, failure)
	}
	os.Exit(1)
}
