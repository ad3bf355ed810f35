// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.route;

import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import io.netty.channel.EventLoop;
import java.util.function.Consumer;

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

  /** Changes the head of every final response, the gateway's own answers included. */
  void onResponse(Consumer<ResponseHead> change);

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
