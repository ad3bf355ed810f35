// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.listener;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.MessageWriter;
import dev.fairway.ingress.http1.ReadEvent;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.RequestReader;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.observe.UnroutedRequest;
import dev.fairway.ingress.observe.Why;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.upstream.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP/1 connection. Requests are handled one at a time and in order; bytes behind a
 * request wait, and reading stops when enough wait. Confined to its event loop.
 */
final class DownstreamConnection extends ChannelInboundHandlerAdapter
    implements Downstream, Drainable {
  /** How much may wait behind a request before reading stops. */
  private static final int MAX_WAITING_BYTES = 8192;

  private enum State {
    /** Reading a request or handling one. */
    OPEN,
    TUNNEL,
    /** Closed as soon as what was written is out; what the client says now is dropped. */
    ENDING,
    /** Closed, or somebody else's. */
    CLOSED
  }

  private final GatewayContext gateway;
  private final Frontend frontend;
  private final Channel channel;
  private final Client client;
  private final RequestReader reader;
  private final RequestDispatcher dispatcher;
  private final Deadline deadline;
  private State state = State.OPEN;
  private ByteBuf inbound = Unpooled.EMPTY_BUFFER;
  private @Nullable RequestHead request;
  private @Nullable Exchange exchange;
  private @Nullable ResponseWriter response;
  private @Nullable Tunnel tunnel;
  private boolean clientKeeps;
  private boolean requestEnded;
  private boolean inputEnded;
  private boolean readPending;
  private boolean pumping;
  private int requests;
  private boolean headerTimed;

  DownstreamConnection(GatewayContext gateway, Frontend frontend, Channel channel, Client client) {
    this.gateway = gateway;
    this.frontend = frontend;
    this.channel = channel;
    this.client = client;
    reader = new RequestReader(gateway.limits().messages());
    dispatcher = new RequestDispatcher(gateway, frontend, client);
    deadline = new Deadline(channel.eventLoop(), this::expired);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (channel.isActive()) {
      begin();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    begin();
  }

  private void begin() {
    arm(gateway.limits().headerTimeout());
    requestRead();
  }

  @Override
  public void drain() {
    if (state == State.OPEN && request == null) {
      linger();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(message);
      return;
    }
    switch (state) {
      case OPEN -> {
        inbound = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), inbound, bytes);
        if (requests > 0 || client.tls() || !Http2Preface.begins(inbound)) {
          pump();
        } else if (Http2Preface.isWhole(inbound)) {
          switchToHttp2(ctx);
        }
      }
      case TUNNEL -> {
        Tunnel through = tunnel;
        if (through == null) {
          bytes.release();
        } else {
          through.input(bytes);
        }
      }
      case ENDING, CLOSED -> bytes.release();
    }
  }

  /** The client knows that we speak HTTP/2 (RFC 9113 section 3.3). */
  private void switchToHttp2(ChannelHandlerContext ctx) {
    leave();
    ByteBuf bytes = inbound;
    inbound = Unpooled.EMPTY_BUFFER;
    ctx.pipeline().addLast(Http2Session.create(gateway, frontend, channel, client));
    ctx.fireChannelRead(bytes);
    ctx.pipeline().remove(this);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readPending = false;
    Exchange current = exchange;
    if (current != null && state == State.TUNNEL) {
      current.flushRequest();
    }
    requestRead();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Exchange current = exchange;
    if (current == null) {
      return;
    }
    Tunnel through = tunnel;
    if (through != null) {
      through.writabilityChanged();
    } else if (requestEnded && channel.isWritable()) {
      deadline.clear();
    } else {
      arm(gateway.limits().bodyTimeout());
    }
    if (channel.isWritable()) {
      current.downstreamWritable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
      endOfInput();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    close();
  }

  @Override
  public EventLoop eventLoop() {
    return channel.eventLoop();
  }

  @Override
  public ByteBufAllocator allocator() {
    return channel.alloc();
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void resumeRequest() {
    if (state == State.OPEN) {
      pump();
    }
    requestRead();
  }

  @Override
  public void informational(ResponseHead head) {
    channel.write(
        MessageWriter.responseHead(allocator(), head.status(), head.reason(), head.fields()));
  }

  @Override
  public void responseHead(ResponseHead head, boolean requestCompletes) {
    RequestHead current = currentRequest();
    if (client.tls()) {
      frontend.addAltService(head.fields());
    }
    boolean persistent = requestCompletes && mayKeepAlive();
    ResponseWriter writer = new ResponseWriter(channel, current, persistent);
    response = writer;
    writer.head(head);
  }

  @Override
  public void responseBody(ByteBuf piece) {
    ResponseWriter writer = response;
    if (writer == null) {
      piece.release();
    } else {
      writer.body(piece);
    }
  }

  @Override
  public void responseEnd(@Nullable HttpFields trailers) {
    ResponseWriter writer = response;
    boolean persistent = writer != null && writer.end(trailers);
    finishExchange(persistent);
  }

  @Override
  public void flush() {
    ResponseWriter writer = response;
    if (writer != null) {
      writer.flushHead();
    }
    channel.flush();
  }

  @Override
  public void answer(int status, HttpFields fields, String body) {
    RequestHead current = request;
    boolean persistent = current != null && requestEnded && mayKeepAlive();
    boolean toHead = current != null && current.method().equals("HEAD");
    ResponseWriter.own(channel, status, fields, toHead ? "" : body, persistent, current);
    finishExchange(persistent);
  }

  /** What was written before still arrives: the client sees where the response broke off. */
  @Override
  public void abort() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.ENDING;
    end();
    arm(LingeringConnection.PATIENCE);
    closeAfterFlush();
  }

  @Override
  public void startTunnel(ResponseHead head, String protocol) {
    Exchange current = exchange;
    if (current == null) {
      throw new IllegalStateException("a tunnel without a request");
    }
    head.fields().add(Field.UPGRADE, protocol);
    head.fields().add(Field.CONNECTION, "Upgrade");
    channel.writeAndFlush(
        MessageWriter.responseHead(allocator(), head.status(), head.reason(), head.fields()));
    state = State.TUNNEL;
    Tunnel through = new Tunnel(channel, client.tls(), current, gateway.limits(), deadline);
    tunnel = through;
    ByteBuf early = inbound;
    inbound = Unpooled.EMPTY_BUFFER;
    through.input(early);
    current.flushRequest();
    if (inputEnded) {
      endOfTunnelInput();
    }
    requestRead();
  }

  @Override
  public void tunnelData(ByteBuf bytes) {
    Tunnel through = tunnel;
    if (through == null) {
      bytes.release();
    } else {
      through.output(bytes);
    }
  }

  @Override
  public void tunnelEnd() {
    Tunnel through = tunnel;
    if (through != null) {
      through.endOutput();
    }
  }

  @Override
  public void begin(Exchange started) {
    exchange = started;
    if (requestEnded) {
      deadline.clear();
    } else {
      arm(gateway.limits().bodyTimeout());
    }
    started.start();
  }

  private void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    try {
      boolean progress = true;
      while (progress && state == State.OPEN) {
        progress = step();
      }
    } finally {
      pumping = false;
    }
    Exchange current = exchange;
    if (current != null) {
      current.flushRequest();
    }
    if (state != State.TUNNEL && !inbound.isReadable()) {
      releaseInbound();
    }
  }

  /** Handles one event of the request; false where nothing more can be done now. */
  private boolean step() {
    Exchange current = exchange;
    if (requestEnded || (request != null && (current == null || !current.wantsBody()))) {
      return false;
    }
    ReadEvent event = reader.next(inbound);
    switch (event) {
      case HEAD -> {
        requests++;
        gateway.counters().requests.increment();
        request = reader.head();
        clientKeeps = reader.head().isKeepAlive();
        requestEnded = !reader.head().hasBody();
        dispatcher.dispatch(reader.head(), this);
      }
      case BODY -> {
        ByteBuf piece = reader.takeBody();
        if (current == null) {
          piece.release();
        } else {
          arm(gateway.limits().bodyTimeout());
          current.requestBody(piece);
        }
      }
      case END -> {
        requestEnded = true;
        deadline.clear();
        if (current != null) {
          current.requestEnd(reader.trailers());
        }
      }
      case MALFORMED -> malformed(current);
      case NEED_MORE -> needMore(current);
    }
    return event != ReadEvent.NEED_MORE && event != ReadEvent.MALFORMED;
  }

  private void needMore(@Nullable Exchange current) {
    if (inputEnded) {
      if (current == null) {
        closeAfterFlush();
      } else {
        close();
      }
    } else if (current == null && request == null && inbound.isReadable() && requests > 0) {
      armHeaderTimeout();
    }
  }

  private void malformed(@Nullable Exchange current) {
    gateway.counters().malformed.increment();
    if (current != null) {
      current.fail(reader.errorStatus(), Why.MALFORMED);
    }
    if (response != null) {
      close();
      return;
    }
    if (current == null) {
      gateway.observer().served(UnroutedRequest.refused(client, reader.errorStatus()));
    }
    refuse(reader.errorStatus(), reader.error());
  }

  @Override
  public void refuse(int status, String text) {
    requestEnded = false;
    String body = status + " " + text + "\n";
    answer(status, gateway.responseFields().own(body.length()), body);
  }

  private void finishExchange(boolean persistent) {
    Exchange over = exchange;
    exchange = null;
    response = null;
    channel.flush();
    if (!persistent || !requestEnded || state != State.OPEN) {
      if (over != null) {
        over.cancel();
      }
      linger();
      return;
    }
    request = null;
    requestEnded = false;
    headerTimed = false;
    reader.nextRequest();
    if (gateway.isDraining() && !inbound.isReadable()) {
      closeAfterFlush();
      return;
    }
    arm(gateway.limits().idleTimeout());
    pump();
    requestRead();
  }

  private void armHeaderTimeout() {
    if (!headerTimed) {
      headerTimed = true;
      arm(gateway.limits().headerTimeout());
    }
  }

  private boolean mayKeepAlive() {
    return clientKeeps
        && (!inputEnded || inbound.isReadable())
        && !gateway.isDraining()
        && requests < gateway.limits().requestsPerConnection();
  }

  private void endOfInput() {
    if (inputEnded) {
      return;
    }
    inputEnded = true;
    switch (state) {
      case OPEN -> {
        // A complete request is still answered; the rest is decided when the input runs out.
        pump();
      }
      case TUNNEL -> endOfTunnelInput();
      case ENDING, CLOSED -> {}
    }
  }

  private void endOfTunnelInput() {
    Tunnel through = tunnel;
    if (through == null || !through.endInput()) {
      close();
    }
  }

  private void expired() {
    if (state == State.OPEN && request != null && response == null && !requestEnded) {
      Exchange current = exchange;
      boolean backendSlow = current != null && !current.wantsBody();
      if (current != null) {
        current.fail(backendSlow ? 504 : 408, backendSlow ? Why.BACKEND_TIMEOUT : Why.CLIENT_SLOW);
      }
      if (backendSlow) {
        refuse(504, "the backend did not take the request in time");
        return;
      }
      refuse(408, "the body of the request did not arrive in time");
    } else if (state == State.OPEN && request == null && inbound.isReadable()) {
      gateway.observer().served(UnroutedRequest.refused(client, 408));
      refuse(408, "the request did not arrive in time");
    } else {
      close();
    }
  }

  private void arm(Duration timeout) {
    deadline.set(timeout.toNanos());
  }

  private void requestRead() {
    if (!readPending && !inputEnded && wantsBytes()) {
      readPending = true;
      channel.read();
    }
  }

  private boolean wantsBytes() {
    Exchange current = exchange;
    return switch (state) {
      case OPEN ->
          request == null
              || (!requestEnded && current != null && current.wantsBody())
              || inbound.readableBytes() < MAX_WAITING_BYTES;
      case TUNNEL -> tunnel != null && tunnel.wantsInput();
      case ENDING -> true;
      case CLOSED -> false;
    };
  }

  /** Ends the connection once the client has the last response. */
  private void linger() {
    if (state == State.CLOSED || state == State.ENDING) {
      return;
    }
    boolean saidAll = inputEnded || (requestEnded && !clientKeeps && !inbound.isReadable());
    releaseInbound();
    Duration untilTaken = gateway.limits().bodyTimeout();
    if (saidAll || client.tls() || !(channel instanceof DuplexChannel duplex)) {
      state = State.ENDING;
      arm(untilTaken);
      closeAfterFlush();
      requestRead();
      return;
    }
    leave();
    channel.pipeline().replace(this, null, new LingeringConnection(duplex, untilTaken));
  }

  private void closeAfterFlush() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  void close() {
    if (state == State.CLOSED) {
      return;
    }
    leave();
    end();
    channel.close();
  }

  /** From now on the connection is somebody else's, or nobody's. */
  private void leave() {
    state = State.CLOSED;
    deadline.cancel();
  }

  /** Gives up what is going on. */
  private void end() {
    releaseInbound();
    tunnel = null;
    ResponseWriter writer = response;
    response = null;
    if (writer != null) {
      writer.discard();
    }
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.cancel();
    }
  }

  private void releaseInbound() {
    ByteBuf bytes = inbound;
    inbound = Unpooled.EMPTY_BUFFER;
    bytes.release();
  }

  private RequestHead currentRequest() {
    RequestHead current = request;
    if (current == null) {
      throw new IllegalStateException("a response without a request");
    }
    return current;
  }
}
