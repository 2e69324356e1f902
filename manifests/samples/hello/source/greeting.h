#include <stddef.h>

/* Writes a greeting for name, or for the world if name is empty, into buffer; -1 if it does not fit. */
int greeting(char *buffer, size_t size, const char *name);
