package oci

import (
	"bytes"
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// stored is a v1.Layer of given bytes, whatever they are said to unpack to.
type stored struct {
	data     []byte
	unpacked v1.Hash
}

func (s *stored) Digest() (v1.Hash, error) { return hashOf(s.data), nil }
func (s *stored) DiffID() (v1.Hash, error) { return s.unpacked, nil }
func (s *stored) Size() (int64, error)     { return int64(len(s.data)), nil }

func (s *stored) MediaType() (types.MediaType, error) { return types.OCIUncompressedLayer, nil }

func (s *stored) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(s.data)), nil
}

func (s *stored) Uncompressed() (io.ReadCloser, error) {
	return nil, errors.New("nobody unpacks it here")
}
