package catalog

import (
	"context"
	"fmt"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/yamlconf"
)

// File is the format of apply and export.
type File struct {
	PhysNets  []model.PhysNet  `json:"physnets,omitempty"`
	PhysPorts []model.PhysPort `json:"physports,omitempty"`
	Networks  []model.Network  `json:"networks,omitempty"`
	Subnets   []model.Subnet   `json:"subnets,omitempty"`
	Ports     []model.Port     `json:"ports,omitempty"`
	Mirrors   []model.Mirror   `json:"mirrors,omitempty"`
}

// ParseFile reads a file's contents. name is for error texts, which say the line.
func ParseFile(name string, data []byte) (*File, error) {
	f := new(File)
	if err := yamlconf.Decode(name, data, f); err != nil {
		return nil, &BadFile{err}
	}
	return f, nil
}

// BadFile is a file of definitions that cannot be read.
type BadFile struct{ Err error }

// Error implements error.
func (e *BadFile) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong with it.
func (e *BadFile) Unwrap() error { return e.Err }

// Encode writes f as YAML.
func (f *File) Encode() ([]byte, error) {
	b, err := yamlconf.Encode(f)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return b, nil
}

// Changes asks for everything in f to be as described there. What is not in f stays as it is.
func (f *File) Changes() *Changes {
	c := new(Changes)
	for i := range f.PhysNets {
		c.Apply(&f.PhysNets[i])
	}
	for i := range f.PhysPorts {
		c.Apply(&f.PhysPorts[i])
	}
	for i := range f.Networks {
		c.Apply(&f.Networks[i])
	}
	for i := range f.Subnets {
		c.Apply(&f.Subnets[i])
	}
	for i := range f.Ports {
		c.Apply(&f.Ports[i])
	}
	for i := range f.Mirrors {
		c.Apply(&f.Mirrors[i])
	}
	return c
}

// Export returns everything that is defined, sorted by name.
func (c *Catalog) Export(ctx context.Context) (*File, error) {
	s, err := c.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return &s.File, nil
}
