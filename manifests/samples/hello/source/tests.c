#include "greeting.h"
#include <stdio.h>
#include <string.h>

static int failures;

static void expect(const char *what, int holds) {
    printf("%s: %s\n", holds ? "ok" : "FAILED", what);
    failures += !holds;
}

int main(void) {
    char line[16];
    expect("greets the world by default", greeting(line, sizeof line, "") > 0 && !strcmp(line, "Hello, world!"));
    expect("greets a name", greeting(line, sizeof line, "Ada") > 0 && !strcmp(line, "Hello, Ada!"));
    expect("refuses a name that does not fit", greeting(line, sizeof line, "Bartholomew") == -1);
    return failures != 0;
}
