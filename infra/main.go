// Command infra is the CDK app: what AWS runs of the product. `make synth`,
// `make deploy` and `make destroy` call it; docs/deploy.md tells how.
package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

func main() {
	defer jsii.Close()
	if err := run(os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	app := newApp(nil)
	s, err := readSettings(app.Node())
	if err != nil {
		return err
	}
	stack := newStack(app, s)
	template := app.Synth(nil).GetStackByName(stack.StackName()).Template()
	_, err = io.WriteString(out, farewell(s.stage, keptOf(template.(map[string]any))))
	return err
}

// farewell says what outlives a stage; empty if nothing does.
func farewell(stage string, kept map[string][]string) string {
	if len(kept) == 0 {
		return ""
	}
	lines := "Stage " + stage + ": these stay when the stack is deleted:\n"
	for _, kind := range slices.Sorted(maps.Keys(kept)) {
		lines += "  " + kind + ": " + strings.Join(kept[kind], ", ") + "\n"
	}
	return lines
}

// newApp makes the app with these context values, of which the command line's
// take the place. What CloudFormation would refuse is refused here.
func newApp(context map[string]any) awscdk.App {
	strict := map[string]any{"@aws-cdk/core:validateAgainstDefaultRules": true}
	maps.Copy(strict, context)
	return awscdk.NewApp(&awscdk.AppProps{AnalyticsReporting: jsii.Bool(false), Context: &strict})
}

// keptOf lists what of a template outlives its stack: logical ids by type.
func keptOf(template map[string]any) map[string][]string {
	kept := map[string][]string{}
	resources := template["Resources"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(resources)) {
		resource := resources[id].(map[string]any)
		if resource["DeletionPolicy"] == "Retain" {
			kind := resource["Type"].(string)
			kept[kind] = append(kept[kind], id)
		}
	}
	return kept
}
