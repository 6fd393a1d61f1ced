// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"owfs/owproto"
)

// maxTree bounds the entries of a tree, whatever a server answers.
const maxTree = 200_000

// A node is a file or directory of a tree.
type node struct {
	path   string
	dir    bool
	known  bool // whether it is a directory; an old server does not tell
	listed bool // nodes are all there is
	nodes  []*node
	err    error // of the listing
}

// A grower makes trees.
type grower struct {
	job    *job
	count  int
	failed bool // a listing somewhere
}

// tree prints directories and all that is in them. Of the root only the devices
// are shown; the server's own directories can be named as paths.
func tree(ctx context.Context, j *job, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"/"}
	}
	return j.each(paths, func(path string) error {
		g, root := &grower{job: j}, &node{path: path, dir: true, known: true}
		if err := g.grow(ctx, root, j.set.depth); err != nil {
			return err
		}
		if j.set.json {
			if err := j.printJSON(root.record()); err != nil {
				return err
			}
		} else if root.listed {
			j.out.WriteString(path + "\n")
			root.print(j, "")
		}
		if g.failed {
			return errTold
		}
		return nil
	})
}

// grow fills a directory. A failure of its own is told and noted in n; what is
// returned ends the whole tree.
func (g *grower) grow(ctx context.Context, n *node, depth int) error {
	list, err := g.job.server.Dir(ctx, n.path, g.job.set.flags())
	n.err, n.listed = err, err == nil
	switch {
	case err == nil:
	case isDial(err) || ctx.Err() != nil:
		return err
	case !n.known && errors.Is(err, owproto.ErrNotDir): // that is how one finds out
		n.dir, n.known, n.err = false, true, nil
		return nil
	default:
		g.failed = true
		if err := g.job.pathFailed(n.path, err); err != nil {
			return err
		}
	}
	if g.count += len(list.Entries); g.count > maxTree {
		return &failure{err: fmt.Errorf("more than %d entries", maxTree), hint: "name a path further below, or set --depth"}
	}
	n.dir, n.known = true, true
	for _, e := range list.Entries {
		child := &node{path: e.Path, dir: e.Dir, known: list.Marked}
		n.nodes = append(n.nodes, child)
		if depth == 1 || child.known && !child.dir || child.above(n.path) {
			continue
		}
		if err := g.grow(ctx, child, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// print draws what is below n.
func (n *node) print(j *job, indent string) {
	for i, child := range n.nodes {
		branch, below := "├── ", "│   "
		if i == len(n.nodes)-1 {
			branch, below = "└── ", "    "
		}
		j.out.WriteString(indent + branch + child.name(n.path))
		if child.dir {
			j.out.WriteByte('/')
		}
		if child.err != nil {
			fmt.Fprintf(j.out, " (%v)", cause(child.err))
		}
		j.out.WriteByte('\n')
		child.print(j, indent+below)
	}
}

// name is the path without that of the directory it is in.
func (n *node) name(parent string) string {
	if rest, ok := strings.CutPrefix(n.path, strings.TrimSuffix(parent, "/")+"/"); ok && rest != "" {
		return rest
	}
	return n.path[strings.LastIndexByte(n.path, '/')+1:]
}

// above tells whether a directory of that name is one of those the node is in.
// The branches of a simulated hub have the hub in them again.
func (n *node) above(parent string) bool {
	return strings.Contains("/"+parent+"/", "/"+n.name(parent)+"/")
}

func (n *node) record() record {
	r := record{Path: n.path}
	if n.known {
		r.Dir = &n.dir
	}
	if n.listed && n.dir {
		r.Entries = []record{}
	}
	if n.err != nil {
		r.addError(n.err)
	}
	for _, child := range n.nodes {
		r.Entries = append(r.Entries, child.record())
	}
	return r
}
