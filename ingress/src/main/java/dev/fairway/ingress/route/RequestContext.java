// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import io.netty.channel.EventLoop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A request whose route is known, for the filters of the route. Confined to its event loop. */
public interface RequestContext {
  /** The head as it arrived; its fields may be changed and are what the backend gets. */
  RequestHead head();

  /** Host and path as they were matched. */
  RequestTarget target();

  Client client();

  Route route();

  EventLoop eventLoop();

  /** The port of ours that serves HTTPS beside this one. */
  int httpsPort();

  /** Path and query that the backend gets. */
  String forwardedTarget();

  /** Changes path and query that the backend gets; must start with a slash and be valid. */
  void forwardTarget(String pathAndQuery);

  /** Changes the Host that the backend gets. */
  void forwardHost(String authority);

  /**
   * Asks for one endpoint of the backend, for sessions. Where it takes no requests (any more), or
   * fails, another one is chosen; {@link #endpoint} says which.
   *
   * @param identity as {@link #endpoint} gave it
   */
  void preferEndpoint(String identity);

  /**
   * Chooses the endpoint by a key: requests with the same key go to the same endpoint, and few of
   * them move when endpoints come and go. Overrides the hash key of the backend.
   */
  void balanceBy(String key);

  /**
   * The endpoint that the request was sent to last: a text that other requests, later processes and
   * other replicas know the same endpoint by; null before.
   */
  @Nullable String endpoint();

  /** How often the request was sent, or was to be sent, to an endpoint. */
  int attempts();

  /** Decides which backend gets the request, instead of the weights of the route. */
  void forwardTo(BackendRef backend);

  /** Now, for measuring durations. */
  long nanoTime();

  /** Changes the head of every final response, the gateway's own answers included. */
  void onResponse(Consumer<ResponseHead> change);

  /** A number from 0 to {@code bound - 1}; every few in a row are spread as well as many are. */
  int chance(int bound);

  /**
   * Sends a copy of the request, as the backend gets it, to an upstream; nobody waits for it.
   *
   * @param host of the copy, or null for that of the request
   */
  void mirror(UpstreamSpec upstream, @Nullable String host);

  /**
   * Sends another request on behalf of this one; it is given up where the client is gone.
   *
   * @param then called once, on the event loop, at once or later
   */
  void ask(SubRequest question, Consumer<SubResponse> then);

  /** Names a second backend, for while the first has no endpoint and for pages of errors. */
  void fallBackTo(ErrorPages second);

  /** Called once when the request is over, however it ended. */
  void onEnd(Runnable task);

  /** Answers in the gateway's own name; return ANSWERED, or nothing more after PENDING. */
  void answer(int status, String text);

  /**
   * Answers with further header fields.
   *
   * @param more adds to the fields of the answer
   */
  void answer(int status, String text, Consumer<HttpFields> more);

  /** Goes on after PENDING; does nothing where the client is gone. */
  void proceed();
}
