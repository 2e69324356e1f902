package dev.hearth.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ResponseBudgetTest {
    private static final Duration LONG = Duration.ofSeconds(50);
    private static final ResponseLimits LIMITS = new ResponseLimits(8, 2, 10, 100, 1, Duration.ofSeconds(50));

    private final ResponseBudget budget = new ResponseBudget(LIMITS);

    private static int read(Reservation reservation, int bytes) throws Exception {
        return reservation
                .response()
                .count(new ByteArrayInputStream(new byte[bytes]))
                .readAllBytes()
                .length;
    }

    @Test
    void refusesAnAnswerThatIsTooLarge() throws Exception {
        assertThat(budget.<Integer>call("a", LONG, it -> read(it, 100))).isEqualTo(100);

        var failure = catchThrowableOfType(
                ExecutionException.class, () -> budget.call("a", LONG, reservation -> read(reservation, 101)));

        assertThat(failure).hasCauseInstanceOf(ResponseTooLarge.class);
    }

    @Test
    void countsEachAnswerAnew() throws Exception {
        assertThat(budget.<Integer>call("a", LONG, it -> read(it, 90) + read(it, 90)))
                .isEqualTo(180);
    }

    /** Those that hold the turns are never done: what is asked elsewhere is answered all the same. */
    @Test
    void letsNoNamespaceKeepOthersWaiting() throws Exception {
        var asked = new CountDownLatch(2);
        var end = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int question = 0; question < 50; question++) {
                var _ = threads.submit(() -> budget.call("slow", LONG, reservation -> {
                    asked.countDown();
                    end.await();
                    return read(reservation, 1);
                }));
            }
            asked.await();

            var small = budget.<Integer>call("other", LONG, reservation -> read(reservation, 1));
            var large = budget.<Integer>call("other", LONG, reservation -> read(reservation, 90));

            assertThat(small).isEqualTo(1);
            assertThat(large).isEqualTo(90);
            end.countDown();
        }
    }

    /** However many wait in one namespace, the next turn is another's. */
    @Test
    void givesTheNextTurnToTheNamespaceThatWasServedLongestAgo() throws Exception {
        var single = new ResponseBudget(new ResponseLimits(1, 1, 10, 100, 1, LONG));
        var begun = new CountDownLatch(1);
        var end = new CountDownLatch(1);
        var order = new LinkedBlockingQueue<String>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var asked = new ArrayList<Future<?>>();
            asked.add(threads.submit(() -> single.call("busy", LONG, _ -> {
                begun.countDown();
                end.await();
                return 0;
            })));
            begun.await();
            for (String namespace : List.of("busy", "busy", "busy", "quiet")) {
                asked.add(threads.submit(() -> single.call(namespace, LONG, _ -> order.add(namespace))));
                awaitWaiting(single, asked.size() - 1);
            }
            end.countDown();
            for (Future<?> question : asked) {
                question.get();
            }
        }

        assertThat(order).containsExactly("quiet", "busy", "busy", "busy");
    }

    /** Neither do namespaces that ask again as soon as they are answered. */
    @Test
    void servesANamespaceWhoseQuestionsQueueBetweenOthersThatAskBackToBack() throws Exception {
        var turns = new FairSemaphore(1, 1);
        var served = new LinkedBlockingQueue<String>();
        var order = new ArrayList<String>();
        assertThat(turns.take("queues", LONG.toNanos())).isTrue();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var holder = "queues";
            ask(turns, "queues", threads, served);
            for (String namespace : List.of("one", "other", "one")) {
                ask(turns, namespace, threads, served);
                turns.give(holder);
                holder = served.take();
                order.add(holder);
            }
            turns.give(holder);
        }

        assertThat(order).containsExactly("one", "other", "queues");
    }

    private static void ask(FairSemaphore turns, String namespace, ExecutorService threads, Queue<String> served) {
        var before = turns.waiting();
        var _ = threads.submit(() -> turns.take(namespace, LONG.toNanos()) && served.add(namespace));
        while (turns.waiting() == before) {
            Thread.onSpinWait();
        }
    }

    private static void awaitWaiting(ResponseBudget budget, int count) {
        while (budget.calls().waiting() < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void readsNoMoreLargeAnswersAtOnceThanThereAreTurns() throws Exception {
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int question = 0; question < 100; question++) {
                var namespace = "namespace-" + question % 7;
                var _ = threads.submit(() -> budget.call(namespace, LONG, reservation -> {
                    reservation.response().add(50);
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(100_000); // lets others come
                    now.decrementAndGet();
                    return 0;
                }));
            }
        }

        assertThat(most).hasPositiveValue();
        assertThat(most.get()).isLessThanOrEqualTo(2);
        assertThat(budget.calls().waiting()).isZero();
        // All turns came back, those that were given up as well.
        assertThat(budget.<Integer>call("a", LONG, it -> read(it, 90))).isEqualTo(90);
    }

    /** The deadline is for the server, not for the wait. */
    @Test
    void endsWorkThatTakesTooLongAndTakesItsTurnBack() throws Exception {
        var single = new ResponseBudget(new ResponseLimits(1, 1, 10, 100, 1, LONG));
        var late = catchThrowableOfType(
                TimeoutException.class,
                () -> single.call("a", Duration.ofMillis(50), _ -> {
                    Thread.sleep(Duration.ofDays(1));
                    return 0;
                }));
        var busy = catchThrowableOfType(
                ExecutionException.class,
                () -> new ResponseBudget(new ResponseLimits(0, 1, 10, 100, 1, Duration.ofMillis(50)))
                        .call("a", Duration.ofMillis(1), _ -> 0));

        assertThat(late).isNotNull();
        assertThat(single.<Integer>call("b", LONG, it -> read(it, 90))).isEqualTo(90);
        assertThat(busy).hasCauseInstanceOf(BudgetExhausted.class);
    }
}
