package dev.hearth.controller.support;

import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;

/** The configuration of an installation, of which a test sets what it depends on. */
public final class Settings {
    private Settings() {}

    public static HearthConfig of(Map<String, Object> values) {
        return (HearthConfig) Proxy.newProxyInstance(
                HearthConfig.class.getClassLoader(),
                new Class<?>[] {HearthConfig.class},
                (_, setting, _) -> Objects.requireNonNull(
                        values.get(setting.getName()), "the test does not set " + setting.getName()));
    }
}
