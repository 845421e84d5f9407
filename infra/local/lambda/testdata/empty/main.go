// Command empty is a function that does nothing: what any bootstrap costs.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() {}) }
