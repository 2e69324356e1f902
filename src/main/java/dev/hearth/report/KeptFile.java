package dev.hearth.report;

/**
 * A report file as a task left it.
 *
 * @param path relative, without empty, {@code .} or {@code ..} segments and without control characters
 * @param junit whether the task calls it a JUnit report
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record KeptFile(String path, boolean junit, byte[] content) {}
