// SPDX-License-Identifier: Apache-2.0

package memory_test

import (
	"context"
	"strconv"
	"syscall"
	"testing"

	"owfs/transport"
	"owfs/transport/memory"
	"owfs/transport/transporttest"
)

func TestContract(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Fixture {
		tree := memory.New()
		tree.AddDevice("/28.FF4A3C021604")
		tree.Add("/28.FF4A3C021604/type", memory.File{Value: []byte("DS18B20"), Size: 32, Change: transport.Static})
		tree.Add("/28.FF4A3C021604/clear", memory.File{Perm: 0o222, Size: 1})
		tree.Add("/28.FF4A3C021604/tempres", memory.File{Value: []byte("12"), Perm: 0o666, Size: 12,
			OnWrite: func(_ context.Context, data []byte, _ int64) (int, error) {
				if _, err := strconv.Atoi(string(data)); err != nil {
					return 0, syscall.EINVAL
				}
				return len(data), nil
			}})
		return transporttest.Fixture{
			Transport: tree,
			Dir:       "/28.FF4A3C021604",
			File:      "/28.FF4A3C021604/type",
			Value:     "DS18B20",
			ReadOnly:  "/28.FF4A3C021604/type",
			WriteOnly: "/28.FF4A3C021604/clear",
			Writable:  "/28.FF4A3C021604/tempres",
			Good:      "12",
			GoodReads: "12",
			Bad:       "twelve",
			Missing:   []string{"/28.FF4A3C021605", "/28.FF4A3C021604/nosuch", "/nosuch/type"},
		}
	})
}
