package volume

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	containerd "github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/core/snapshots/storage"
	"go.etcd.io/bbolt"
)

const (
	// maxDatabase is the most bytes of a database of snapshots that are read: one snapshot takes some hundred.
	maxDatabase = 128 << 20
	// databaseLimit is the time in which it has to be read.
	databaseLimit = time.Minute
)

// kind is what becomes of a snapshot when it is sealed.
type kind int

const (
	// other stays where it is: what BuildKit was at and will not go on with.
	other kind = iota
	// committed never changes again.
	committed
	// active is a plain folder without a parent that BuildKit may still change.
	active
)

// readKinds returns the kinds of all snapshots that a database knows, by the names of their folders. The bytes are a
// stranger's: they are judged before the library gets them, which trusts the pages that a file names, and goes round in a
// circle of pages for ever. What is wrong in another way ends as an error too.
func readKinds(content []byte) (map[string]kind, error) {
	if err := checkPages(content); err != nil {
		return nil, err
	}
	temporary, err := os.MkdirTemp("", "snapshots")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(temporary, "metadata.db")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(temporary))
	}
	type answer struct {
		kinds map[string]kind
		err   error
	}
	ctx, cancel := context.WithTimeout(context.Background(), databaseLimit)
	defer cancel()
	answers := make(chan answer, 1)
	go func() {
		defer os.RemoveAll(temporary)
		kinds, err := walkSnapshots(ctx, file)
		answers <- answer{kinds, err}
	}()
	select {
	case read := <-answers:
		return read.kinds, read.err
	case <-ctx.Done():
		return nil, fmt.Errorf("it could not be read within %v", databaseLimit)
	}
}

func walkSnapshots(ctx context.Context, file string) (kinds map[string]kind, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("it is damaged: %v", failure)
		}
	}()
	store, err := storage.NewMetaStore(file, func(options *bbolt.Options) error {
		options.ReadOnly = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	ctx, transaction, err := store.TransactionContext(ctx, false)
	if err != nil {
		return nil, err
	}
	defer transaction.Rollback() // also after a panic: to close the database would wait for ever for a transaction
	kinds = map[string]kind{}
	err = storage.WalkInfo(ctx, func(ctx context.Context, info containerd.Info) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, _, _, err := storage.GetInfo(ctx, info.Name)
		if err != nil {
			return err
		}
		if _, ok := kinds[id]; ok {
			return fmt.Errorf("two snapshots have the number %s", id)
		}
		switch {
		case info.Kind == containerd.KindCommitted:
			kinds[id] = committed
		case info.Kind == containerd.KindActive && info.Parent == "":
			kinds[id] = active
		default:
			kinds[id] = other
		}
		return nil
	})
	return kinds, err
}

// The layout of a bolt database, as far as it tells which page leads to which.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2
	pageHeader  = 16
	pageElement = 16
	pageBranch  = 1
	pageLeaf    = 2
	metaLength  = 64
	maxDepth    = 64
)

var errPages = errors.New("its pages are damaged")

// pages is a bolt database whose tree of pages is being judged.
type pages struct {
	content []byte
	size    uint64
	seen    map[uint64]bool
}

// checkPages returns an error unless each page that the root of a bolt database leads to is within the file and has one way
// to it, and each key and value is within its page.
func checkPages(content []byte) error {
	if len(content) > maxDatabase {
		return fmt.Errorf("it has more than %d bytes", maxDatabase)
	}
	p := &pages{content: content, seen: map[uint64]bool{}}
	meta, ok := p.meta()
	if !ok {
		return errors.New("it has no valid head")
	}
	return p.page(binary.NativeEndian.Uint64(meta[16:]), 0)
}

// meta returns the newer of the two heads of a database that are valid, and sets the size of pages.
func (p *pages) meta() ([]byte, bool) {
	first := p.head(0)
	if first != nil {
		p.size = uint64(binary.NativeEndian.Uint32(first[8:]))
	}
	for size := uint64(1 << 10); first == nil && size <= 1<<16; size <<= 1 {
		if second := p.head(size); second != nil {
			p.size = uint64(binary.NativeEndian.Uint32(second[8:]))
			break
		}
	}
	if p.size < 1<<10 || p.size > 1<<16 || p.size&(p.size-1) != 0 {
		return nil, false
	}
	second := p.head(p.size)
	if first == nil || second != nil && binary.NativeEndian.Uint64(second[48:]) > binary.NativeEndian.Uint64(first[48:]) {
		return second, second != nil
	}
	return first, true
}

// head returns what a page at an offset says of the database, nil if its checksum is wrong.
func (p *pages) head(at uint64) []byte {
	if uint64(len(p.content)) < at+pageHeader+metaLength {
		return nil
	}
	meta := p.content[at+pageHeader:][:metaLength]
	sum := fnv.New64a()
	sum.Write(meta[:56])
	if binary.NativeEndian.Uint32(meta) != boltMagic || binary.NativeEndian.Uint32(meta[4:]) != boltVersion ||
		binary.NativeEndian.Uint64(meta[56:]) != sum.Sum64() {
		return nil
	}
	return meta
}

func (p *pages) page(number uint64, depth int) error {
	count := uint64(len(p.content)) / p.size
	if number < 2 || number >= count || p.seen[number] {
		return errPages
	}
	head := p.content[number*p.size:]
	overflow := uint64(binary.NativeEndian.Uint32(head[12:]))
	if binary.NativeEndian.Uint64(head) != number || overflow >= count-number {
		return errPages
	}
	for i := number; i <= number+overflow; i++ {
		if p.seen[i] {
			return errPages
		}
		p.seen[i] = true
	}
	return p.elements(head[:(overflow+1)*p.size], depth)
}

// elements judges what is in a page, or in a small bucket that has none of its own.
func (p *pages) elements(page []byte, depth int) error {
	if depth > maxDepth || len(page) < pageHeader {
		return errPages
	}
	flags, count := binary.NativeEndian.Uint16(page[8:]), uint64(binary.NativeEndian.Uint16(page[10:]))
	if flags != pageBranch && flags != pageLeaf || count == 0 && flags == pageBranch ||
		pageHeader+count*pageElement > uint64(len(page)) {
		return errPages
	}
	// What the elements have lies behind them in their order, as bbolt writes it. If parts overlapped, a small page would hold
	// more than memory does.
	free := pageHeader + count*pageElement
	for i := range count {
		at := pageHeader + i*pageElement
		element := page[at:][:pageElement]
		if flags == pageBranch {
			start, key := at+uint64(binary.NativeEndian.Uint32(element)), uint64(binary.NativeEndian.Uint32(element[4:]))
			if key == 0 || start < free || start+key > uint64(len(page)) {
				return errPages
			}
			free = start + key
			if err := p.page(binary.NativeEndian.Uint64(element[8:]), depth+1); err != nil {
				return err
			}
			continue
		}
		start, key := at+uint64(binary.NativeEndian.Uint32(element[4:])), uint64(binary.NativeEndian.Uint32(element[8:]))
		end := start + key + uint64(binary.NativeEndian.Uint32(element[12:]))
		if key == 0 || start < free || end > uint64(len(page)) {
			return errPages
		}
		free = end
		if binary.NativeEndian.Uint32(element)&1 == 0 {
			continue
		}
		if err := p.bucket(page[start+key:end], depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (p *pages) bucket(value []byte, depth int) error {
	if len(value) < pageHeader {
		return errPages
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return p.page(root, depth)
	}
	return p.elements(value[pageHeader:], depth)
}
