// Command steps is the program in the steps of a test's Dockerfile: it prints its arguments, makes a file of each, and exits
// with the code of a number among them.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	code := 0
	for _, argument := range os.Args[1:] {
		if number, err := strconv.Atoi(argument); err == nil {
			code = number
			continue
		}
		fmt.Println(argument)
		if err := os.WriteFile("/"+argument, []byte(argument), 0o644); err != nil {
			panic(err)
		}
	}
	os.Exit(code)
}
