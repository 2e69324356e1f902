//go:build linux

package collect

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io/fs"
	"time"
)

// lineLength is the length of the lines of a part. The runtimes of containers split longer lines from 16 KiB on.
const lineLength = 8000

// part is an archive of files that is sent at once. The files are held in memory, since their sizes may change while they are
// read, and the archive has to say them first.
type part struct {
	paths []string
	files []file
	bytes int64
}

// file is a file that was read.
type file struct {
	content  []byte
	mode     fs.FileMode
	modified time.Time
}

func (p *part) add(path string, file file) {
	p.paths = append(p.paths, path)
	p.files = append(p.files, file)
	p.bytes += int64(len(file.content))
}

// archive returns a compressed archive in the format of GNU tar, whose names may be any bytes.
func (p *part) archive() ([]byte, error) {
	var packed bytes.Buffer
	compressor := gzip.NewWriter(&packed)
	archive := tar.NewWriter(compressor)
	for at, file := range p.files {
		header := tar.Header{
			Typeflag: tar.TypeReg,
			Name:     p.paths[at],
			Size:     int64(len(file.content)),
			Mode:     int64(file.mode.Perm()),
			ModTime:  file.modified.Truncate(time.Second),
			Format:   tar.FormatGNU,
		}
		if err := archive.WriteHeader(&header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(file.content); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := compressor.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// encode returns bytes in base64, in lines that end each.
func encode(content []byte) []byte {
	text := base64.StdEncoding.AppendEncode(nil, content)
	lines := make([]byte, 0, len(text)+len(text)/lineLength+1)
	for len(text) > 0 {
		length := min(len(text), lineLength)
		lines = append(append(lines, text[:length]...), '\n')
		text = text[length:]
	}
	return lines
}
