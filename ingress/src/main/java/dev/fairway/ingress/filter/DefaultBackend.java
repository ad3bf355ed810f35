// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.route.ErrorPages;
import dev.fairway.ingress.route.RequestContext;
import dev.fairway.ingress.route.RouteFilter;
import dev.fairway.ingress.route.UpstreamSpec;
import java.util.Set;

/**
 * A second backend: it gets the requests while the first one has no endpoint, and is asked for the
 * pages of errors.
 *
 * @param upstream the second backend
 * @param statuses of responses that its pages replace
 * @param namespace of the Ingress
 * @param ingress its name
 * @param service the first backend's Service
 * @param port its port, name or number
 */
public record DefaultBackend(
    UpstreamSpec upstream,
    Set<Integer> statuses,
    String namespace,
    String ingress,
    String service,
    String port)
    implements RouteFilter {
  public DefaultBackend {
    statuses = Set.copyOf(statuses);
  }

  @Override
  public Outcome onRequest(RequestContext request) {
    request.fallBackTo(new ErrorPages(statuses, upstream, status -> question(request, status)));
    return Outcome.CONTINUE;
  }

  private HttpFields question(RequestContext request, int status) {
    HttpFields asked = request.head().fields();
    HttpFields fields = new HttpFields();
    String format = asked.get("accept");
    String id = asked.get(Field.X_REQUEST_ID);
    fields.add("X-Code", Integer.toString(status));
    fields.add("X-Format", format == null ? "*/*" : format);
    fields.add("X-Original-URI", request.target().pathAndQuery());
    fields.add("X-Namespace", namespace);
    fields.add("X-Ingress-Name", ingress);
    fields.add("X-Service-Name", service);
    fields.add("X-Service-Port", port);
    if (id != null) {
      fields.add(Field.X_REQUEST_ID, id);
    }
    if (format != null) {
      fields.add("Accept", format);
    }
    return fields;
  }

  @Override
  public String describe() {
    return upstream
        + " serves while there is no endpoint"
        + (statuses.isEmpty() ? "" : ", and the pages of " + statuses);
  }
}
