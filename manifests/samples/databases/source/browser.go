package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
)

// Browser is a Chromium without windows, driven by the DevTools protocol: a JSON message each way, ended by a zero byte.
// A project would use a library for it, such as chromedp, Puppeteer or Playwright.
type Browser struct {
	command  *exec.Cmd
	profile  string
	commands *os.File
	answers  *bufio.Reader
	session  string
	last     int
}

type message struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    interface{}     `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

type params map[string]interface{}

// StartBrowser runs until Close, at the longest until ctx ends.
func StartBrowser(ctx context.Context, command string) (*Browser, error) {
	profile, err := os.MkdirTemp("", "profile")
	if err != nil {
		return nil, err
	}
	theirCommands, commands, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	answers, theirAnswers, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	browser := exec.CommandContext(ctx, command,
		"--headless", "--remote-debugging-pipe", "--user-data-dir="+profile, "--disable-gpu", "--log-level=3",
		"--no-sandbox",            // it needs privileges that a pod does without; the pod is the sandbox
		"--disable-dev-shm-usage") // a pod's /dev/shm is small
	browser.Stderr = os.Stderr
	browser.ExtraFiles = []*os.File{theirCommands, theirAnswers} // 3 and 4
	err = browser.Start()
	theirCommands.Close()
	theirAnswers.Close()
	if err != nil {
		os.RemoveAll(profile)
		return nil, err
	}
	return &Browser{command: browser, profile: profile, commands: commands, answers: bufio.NewReader(answers)}, nil
}

// Close ends the browser.
func (b *Browser) Close() {
	b.command.Process.Kill()
	b.command.Wait()
	b.commands.Close()
	os.RemoveAll(b.profile)
}

// Open loads a page in a tab of its own, which Evaluate is about from then on.
func (b *Browser) Open(address string) error {
	var target struct{ TargetID string }
	var attached struct{ SessionID string }
	b.session = ""
	if err := b.call("Target.createTarget", params{"url": "about:blank"}, &target); err != nil {
		return err
	}
	if err := b.call("Target.attachToTarget", params{"targetId": target.TargetID, "flatten": true}, &attached); err != nil {
		return err
	}
	b.session = attached.SessionID
	if err := b.call("Page.enable", nil, nil); err != nil {
		return err
	}
	var loading struct{ ErrorText string }
	if err := b.call("Page.navigate", params{"url": address}, &loading); err != nil {
		return err
	}
	if loading.ErrorText != "" {
		return fmt.Errorf("cannot load %s: %s", address, loading.ErrorText)
	}
	_, err := b.receive(func(m message) bool { return m.Method == "Page.loadEventFired" })
	return err
}

// Evaluate runs JavaScript in the page, waits for its promise if it is one, and decodes what comes of it.
func (b *Browser) Evaluate(expression string, result interface{}) error {
	var evaluated struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := b.call("Runtime.evaluate",
		params{"expression": expression, "awaitPromise": true, "returnByValue": true}, &evaluated)
	if err != nil {
		return err
	}
	if exception := evaluated.ExceptionDetails; exception != nil {
		return fmt.Errorf("%s: %s %s", expression, exception.Text, exception.Exception.Description)
	}
	return json.Unmarshal(evaluated.Result.Value, result)
}

func (b *Browser) call(method string, params params, result interface{}) error {
	b.last++
	sent := message{ID: b.last, SessionID: b.session, Method: method}
	if params != nil {
		sent.Params = params
	}
	text, err := json.Marshal(sent)
	if err != nil {
		return err
	}
	if _, err := b.commands.Write(append(text, 0)); err != nil {
		return err
	}
	answer, err := b.receive(func(m message) bool { return m.ID == sent.ID })
	if err != nil {
		return err
	}
	if answer.Error != nil {
		return fmt.Errorf("%s: %s", method, answer.Error.Message)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}

// receive skips other messages, such as events that no caller waits for.
func (b *Browser) receive(wanted func(message) bool) (message, error) {
	for {
		text, err := b.answers.ReadBytes(0)
		if err != nil {
			return message{}, fmt.Errorf("the browser ended: %w", err)
		}
		var received message
		if err := json.Unmarshal(text[:len(text)-1], &received); err != nil {
			return message{}, err
		}
		if wanted(received) {
			return received, nil
		}
	}
}
