/** What people install: the chart, the manifests rendered from it, and what the operator is allowed by them. */
@NullMarked
package dev.hearth.packaging;

import org.jspecify.annotations.NullMarked;
