// SPDX-License-Identifier: Apache-2.0

package device

// rows is a part of a family's table. The order does not matter: a Table sorts them.
type rows []Property

// row makes a scalar property with the length that is usual for its format.
func row(name string, format Format, access Access, class Class) Property {
	return Property{Name: name, Format: format, Elements: 1, Access: access, Length: format.length(), Class: class}
}

// dir makes a directory for the properties whose names begin with its own.
func dir(name string) Property {
	return row(name, Subdir, NoAccess, SubdirClass)
}

// written sets how many bytes may be written, where a value is written in
// another form than its length counts.
func (p Property) written(most int) Property {
	p.Written = most
	return p
}

// sized sets the length of one value.
func (p Property) sized(length int) Property {
	p.Length = length
	return p
}

// numbered makes an array with the elements 0, 1, 2 …
func (p Property) numbered(elements int, combine Combine) Property {
	p.Index, p.Elements, p.Combine = Numbered, elements, combine
	return p
}

// lettered makes an array with the elements A, B, C …
func (p Property) lettered(elements int, combine Combine) Property {
	p.Index, p.Elements, p.Combine = Lettered, elements, combine
	return p
}

// anyNumber makes an array without an end.
func (p Property) anyNumber() Property {
	p.Index, p.Elements, p.Combine = SparseNumber, 0, Sparse
	return p
}

// anyText makes an array whose elements are called by any text.
func (p Property) anyText() Property {
	p.Index, p.Elements, p.Combine = SparseText, -1, Sparse
	return p
}

// hidden keeps the property out of listings.
func (p Property) hidden() Property {
	p.Hidden = true
	return p
}

// join puts parts of a table together.
func join(parts ...rows) rows {
	var all rows
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// under makes a directory with the given parts in it.
func under(name string, parts ...rows) rows {
	all := rows{dir(name)}
	for _, p := range join(parts...) {
		p.Name = name + "/" + p.Name
		all = append(all, p)
	}
	return all
}

// when says what must be so for the parts to be listed. Hidden properties stay as they are.
func when(condition string, parts ...rows) rows {
	all := join(parts...)
	for i := range all {
		if !all[i].Hidden {
			all[i].When = condition
		}
	}
	return all
}
