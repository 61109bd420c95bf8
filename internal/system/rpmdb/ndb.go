package rpmdb

import (
	"encoding/binary"
	"hash/adler32"
)

// The ndb format is that of rpm's lib/backend/ndb/rpmpkg.c. Numbers are
// little-endian. The file starts with pages of slots, one a package; a slot
// says in which blocks the package's blob is.
const (
	ndbMagic     = "RpmP"
	ndbVersion   = 0
	ndbSlotMagic = "Slot"
	ndbHeadMagic = "BlbS"
	ndbTailMagic = "BlbE"
	ndbPageSize  = 4096
	ndbSlotSize  = 16
	ndbBlockSize = 16
	ndbHeadSize  = 16 // magic, package, generation, length
	ndbTailSize  = 12 // Adler-32, length, magic
	ndbReserved  = 2  // slots at the start that hold the file's header
)

// ndbBlobs returns the blobs of all slots in use.
func ndbBlobs(data string) ([]blob, error) {
	if len(data) < ndbPageSize || data[:4] != ndbMagic {
		return nil, damaged("the file is not an ndb database")
	}
	if version := le32(data[4:]); version != ndbVersion {
		return nil, damaged("the ndb database has version %d", version)
	}
	pages := uint64(le32(data[12:]))
	if pages == 0 || pages > uint64(len(data)/ndbPageSize) {
		return nil, damaged("%d pages of slots do not fit a file of %d bytes", pages, len(data))
	}
	var blobs []blob
	for at := ndbReserved * ndbSlotSize; at < int(pages)*ndbPageSize; at += ndbSlotSize {
		slot := data[at : at+ndbSlotSize]
		if slot[:4] != ndbSlotMagic {
			return nil, damaged("there is no slot at %d", at)
		}
		number, offset, count := le32(slot[4:]), uint64(le32(slot[8:])), uint64(le32(slot[12:]))
		if number == 0 {
			continue // a free slot
		}
		from, to := offset*ndbBlockSize, (offset+count)*ndbBlockSize
		if count == 0 || offset < pages*ndbPageSize/ndbBlockSize || to > uint64(len(data)) {
			return nil, damaged("package number %d lies outside of the file", number)
		}
		body, err := ndbBlob(number, data[from:to])
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, blob{uint64(number), body})
	}
	return blobs, nil
}

// ndbBlob checks the head and the tail around a blob, which say the same twice
// so that a half-written one shows.
func ndbBlob(number uint32, text string) (string, error) {
	if len(text) < ndbHeadSize+ndbTailSize || text[:4] != ndbHeadMagic || le32(text[4:]) != number {
		return "", damaged("package number %d has another one in its place", number)
	}
	size := uint64(le32(text[12:]))
	tail := text[len(text)-ndbTailSize:]
	if size > uint64(len(text)-ndbHeadSize-ndbTailSize) || uint64(le32(tail[4:])) != size || tail[8:] != ndbTailMagic {
		return "", damaged("package number %d is cut off", number)
	}
	// The sum covers the head, the blob and the padding.
	covered := text[:len(text)-ndbTailSize]
	if sum := adler32.Checksum([]byte(covered)); sum != le32(tail) {
		return "", damaged("package number %d has the checksum %08x, not %08x", number, sum, le32(tail))
	}
	return text[ndbHeadSize : ndbHeadSize+size], nil
}

func le32(text string) uint32 { return binary.LittleEndian.Uint32([]byte(text[:4])) }
