package plain

import "testing"

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "",
		"a sentence":         "a sentence",
		"two\nlines\x1b[31m": "two lines [",
		"é\xff~ ":            "  ~ ",
		"longer than it may": "longer than",
	} {
		if got := Text(text, 11); got != want {
			t.Errorf("Text(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "two\nlines\r\n": "two\nlines \n", "\x1b[2J\u202e\xff~": " [2J  ~",
	} {
		if got := Lines([]byte(text)); got != want {
			t.Errorf("Lines(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\xff\n", 2)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = max(0, most%1000)
		shown := Text(text, most)
		if len(shown) > most || Text(shown, most) != shown {
			t.Errorf("%q", shown)
		}
		for _, character := range []byte(shown) {
			if character < ' ' || character > '~' {
				t.Errorf("%q", shown)
			}
		}
	})
}
