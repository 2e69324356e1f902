// Package plain makes texts of strangers safe to show.
package plain

// Text returns the beginning of a text, of at most a number of bytes, in which each character that is not printable ASCII is
// a space.
func Text(text string, most int) string {
	shown := make([]byte, 0, min(len(text), most))
	for _, character := range text {
		if len(shown) == most {
			break
		}
		shown = append(shown, printable(character))
	}
	return string(shown)
}

// Lines returns a text in which each character is a space that is neither printable ASCII nor the end of a line.
func Lines(text []byte) string {
	shown := make([]byte, 0, len(text))
	for _, character := range string(text) {
		if character == '\n' {
			shown = append(shown, '\n')
		} else {
			shown = append(shown, printable(character))
		}
	}
	return string(shown)
}

func printable(character rune) byte {
	if character < ' ' || character > '~' {
		return ' '
	}
	return byte(character)
}
