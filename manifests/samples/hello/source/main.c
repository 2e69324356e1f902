#include "greeting.h"
#include <stdio.h>

int main(int argc, char **argv) {
    char line[80];
    if (greeting(line, sizeof line, argc > 1 ? argv[1] : "") < 0) {
        fputs("that name is too long to be greeted\n", stderr);
        return 1;
    }
    puts(line);
    return 0;
}
