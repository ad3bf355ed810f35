// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.RequestHead;
import dev.fairway.ingress.http1.ResponseHead;
import dev.fairway.ingress.route.BackendRef;
import dev.fairway.ingress.route.Client;
import dev.fairway.ingress.route.ErrorPages;
import dev.fairway.ingress.route.PathType;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RequestTarget;
import dev.fairway.ingress.route.Route;
import dev.fairway.ingress.route.RouteAction;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.RouteFilter.Outcome;
import dev.fairway.ingress.route.RouteMatch;
import dev.fairway.ingress.route.RoutePolicy;
import dev.fairway.ingress.route.SubRequest;
import dev.fairway.ingress.route.SubResponse;
import dev.fairway.ingress.route.UpstreamSpec;
import dev.fairway.ingress.tls.TlsSession;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A request without sockets: runs filters and tells what became of it. */
public final class FakeRequest implements RequestContext {
  private final RequestHead head;
  private final RequestTarget target;
  private Client client;
  private final List<Consumer<ResponseHead>> changes = new ArrayList<>();
  private final List<Runnable> ends = new ArrayList<>();
  private final List<UpstreamSpec> mirrors = new ArrayList<>();
  private final List<String> mirrorHosts = new ArrayList<>();
  private String forwardedTarget;
  private String forwardedHost;
  private @Nullable BackendRef forwardedTo;
  private @Nullable String preferred;
  private @Nullable String balancedBy;
  private @Nullable String endpoint;
  private int attempts;
  private @Nullable SubRequest asked;
  private @Nullable Function<SubRequest, SubResponse> responder;
  private @Nullable ErrorPages second;
  private long nanoTime;
  private int httpsPort = 443;
  private int status;
  private @Nullable HttpFields answer;

  private FakeRequest(String method, String url, HttpFields fields, String address) {
    boolean tls = url.startsWith("https://");
    int hostAt = url.indexOf("://") + 3;
    int pathAt = url.indexOf('/', hostAt);
    String authority = url.substring(hostAt, pathAt);
    fields.add(Field.HOST, authority);
    head = new RequestHead(method, url.substring(pathAt), 1, fields, 0);
    target = Objects.requireNonNull(RequestTarget.parse(head.target(), authority));
    client = new Client(address, false, tls, tls ? 443 : 80);
    forwardedTarget = target.pathAndQuery();
    forwardedHost = authority;
  }

  public static FakeRequest get(String url) {
    return request("GET", url);
  }

  public static FakeRequest request(String method, String url, String... fields) {
    return from("192.0.2.1", method, url, fields);
  }

  /**
   * A request of a client.
   *
   * @param fields names and values in turn
   */
  public static FakeRequest from(String address, String method, String url, String... fields) {
    HttpFields given = new HttpFields();
    for (int i = 0; i < fields.length; i += 2) {
      given.add(fields[i], fields[i + 1]);
    }
    return new FakeRequest(method, url, given, address);
  }

  /** On ports of ours: that of the request, and that of HTTPS beside it. */
  public FakeRequest withPorts(int own, int https) {
    client = new Client(client.address(), client.trusted(), client.tls(), own);
    httpsPort = https;
    return this;
  }

  /** From a peer whose X-Forwarded fields are believed. */
  public FakeRequest ofTrustedPeer() {
    client = new Client(client.address(), true, client.tls(), client.port());
    return this;
  }

  /** Over TLS, with what the handshake agreed on. */
  public FakeRequest withSession(TlsSession session) {
    client = client.withSession(session);
    return this;
  }

  /**
   * Runs filters.
   *
   * @return "forward host path", or the status with the Location behind it
   */
  public String through(List<RouteFilter> filters) {
    for (RouteFilter filter : filters) {
      Outcome outcome = filter.onRequest(this);
      if (outcome == Outcome.ANSWERED) {
        String location = answer == null ? null : answer.get(Field.LOCATION);
        return location == null ? Integer.toString(status) : status + " " + location;
      }
      if (outcome == Outcome.PENDING) {
        return "pending";
      }
    }
    return "forward " + forwardedHost + " " + forwardedTarget;
  }

  /** The fields of the answer, or of an empty 200 from the backend where there is none. */
  public HttpFields response() {
    if (answer != null) {
      return answer;
    }
    return response(new HttpFields());
  }

  /** What the client gets where the backend answers 200 with fields. */
  public HttpFields response(HttpFields fields) {
    change(200, fields);
    return fields;
  }

  /** The hosts of the copies, "" for that of the request. */
  public List<String> mirrorHosts() {
    return mirrorHosts;
  }

  /** The upstreams that got a copy. */
  public List<UpstreamSpec> mirrors() {
    return mirrors;
  }

  /** The request is over. */
  public void end() {
    ends.forEach(Runnable::run);
  }

  private void change(int newStatus, HttpFields fields) {
    ResponseHead response =
        new ResponseHead(newStatus, "", 1, fields, ResponseHead.Framing.LENGTH, 0);
    changes.forEach(change -> change.accept(response));
  }

  @Override
  public int chance(int bound) {
    return bound / 2;
  }

  @Override
  public void mirror(UpstreamSpec upstream, @Nullable String host) {
    mirrors.add(upstream);
    mirrorHosts.add(host == null ? "" : host);
  }

  @Override
  public RequestHead head() {
    return head;
  }

  @Override
  public RequestTarget target() {
    return target;
  }

  @Override
  public Client client() {
    return client;
  }

  @Override
  public Route route() {
    return new Route(
        "Ingress shop/a",
        RouteMatch.path("h", PathType.PREFIX, "/"),
        List.of(),
        new RouteAction.Respond(404, ""),
        RoutePolicy.DEFAULT);
  }

  @Override
  public EventLoop eventLoop() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int httpsPort() {
    return httpsPort;
  }

  @Override
  public String forwardedTarget() {
    return forwardedTarget;
  }

  @Override
  public void forwardTarget(String pathAndQuery) {
    forwardedTarget = pathAndQuery;
  }

  @Override
  public void forwardHost(String authority) {
    forwardedHost = authority;
  }

  @Override
  public void forwardTo(BackendRef backend) {
    forwardedTo = backend;
  }

  @Override
  public void preferEndpoint(String identity) {
    preferred = identity;
  }

  @Override
  public void balanceBy(String key) {
    balancedBy = key;
  }

  @Override
  public @Nullable String endpoint() {
    return endpoint;
  }

  @Override
  public int attempts() {
    return attempts;
  }

  /** What the endpoint was chosen by: {@code endpoint x}, {@code key x} or nothing. */
  public String chosenBy() {
    if (preferred != null) {
      return "endpoint " + preferred;
    }
    return balancedBy == null ? "" : "key " + balancedBy;
  }

  /** Sets the endpoint that answers. */
  public FakeRequest answeredBy(String identity, int attempt) {
    endpoint = identity;
    attempts = attempt;
    return this;
  }

  @Override
  public long nanoTime() {
    return nanoTime;
  }

  /** The backend that a filter decided for, or null. */
  public @Nullable BackendRef forwardedTo() {
    return forwardedTo;
  }

  /** Sets the time. */
  public FakeRequest at(double seconds) {
    nanoTime = (long) (seconds * 1e9);
    return this;
  }

  @Override
  public void onResponse(Consumer<ResponseHead> change) {
    changes.add(change);
  }

  @Override
  public void ask(SubRequest question, Consumer<SubResponse> then) {
    asked = question;
    if (responder != null) {
      then.accept(responder.apply(question));
    }
  }

  /** Answers what filters ask of other services. */
  public FakeRequest whereServicesAnswer(Function<SubRequest, SubResponse> with) {
    responder = with;
    return this;
  }

  /** What filters asked of another service, or null. */
  public @Nullable SubRequest asked() {
    return asked;
  }

  @Override
  public void fallBackTo(ErrorPages other) {
    second = other;
  }

  /** The second backend, or null. */
  public @Nullable ErrorPages second() {
    return second;
  }

  @Override
  public void onEnd(Runnable task) {
    ends.add(task);
  }

  @Override
  public void answer(int newStatus, String text) {
    answer(newStatus, text, _ -> {});
  }

  @Override
  public void answer(int newStatus, String text, Consumer<HttpFields> more) {
    HttpFields fields = new HttpFields();
    more.accept(fields);
    change(newStatus, fields);
    status = newStatus;
    answer = fields;
  }

  @Override
  public void proceed() {
    throw new UnsupportedOperationException();
  }
}
