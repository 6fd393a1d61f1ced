// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"owfs/owproto"
)

// List the devices on a bus, and read the temperature of one of them.
func Example() {
	ctx := context.Background()
	c := &owproto.Client{Addr: "localhost"}
	defer c.Close()

	list, err := c.Dir(ctx, "/", 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range list.Entries {
		fmt.Println(e.Path)
	}

	flags := owproto.FlagTrim.WithTemperature(owproto.Fahrenheit)
	value, err := c.Read(ctx, "/10.67C6697351FF/temperature", flags, 64, 0)
	switch {
	case errors.Is(err, owproto.ErrUnknownPath):
		fmt.Println("no such sensor")
	case err != nil:
		log.Fatal(err)
	default:
		fmt.Printf("%s °F\n", value)
	}
}
