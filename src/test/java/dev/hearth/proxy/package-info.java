@NullMarked
package dev.hearth.proxy;

import org.jspecify.annotations.NullMarked;
