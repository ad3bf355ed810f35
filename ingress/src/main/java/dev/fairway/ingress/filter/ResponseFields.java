// SPDX-License-Identifier: Apache-2.0
package dev.fairway.ingress.filter;

import dev.fairway.ingress.http1.Field;
import dev.fairway.ingress.http1.HttpFields;
import dev.fairway.ingress.http1.ResponseHead;

/** Prepares the header fields of a response for a client. */
public final class ResponseFields {
  /** What we call ourselves in the Server field. */
  public static final String SERVER = "fairway";

  private final HttpDates dates;

  public ResponseFields(HttpDates dates) {
    this.dates = dates;
  }

  /**
   * Strips the connection's fields, sets Server, and adds Date where the backend sent none. The
   * fields that frame the body are left to the caller, except that none remain where they must not
   * appear (1xx and 204).
   */
  public void prepare(ResponseHead head) {
    HttpFields fields = head.fields();
    HopByHop.strip(fields, true);
    fields.remove(Field.TRANSFER_ENCODING);
    if (head.isInformational()) {
      fields.remove(Field.CONTENT_LENGTH);
      return;
    }
    if (head.status() == 204) {
      fields.remove(Field.CONTENT_LENGTH);
    }
    fields.set(Field.SERVER, SERVER);
    if (fields.count(Field.DATE) == 0) {
      fields.add(Field.DATE, dates.now());
    }
  }

  /** The fields of an answer of the gateway's own. */
  public HttpFields own(int contentLength) {
    HttpFields fields = new HttpFields();
    fields.add(Field.SERVER, SERVER);
    fields.add(Field.DATE, dates.now());
    fields.add(Field.CONTENT_TYPE, "text/plain; charset=utf-8");
    fields.add(Field.CONTENT_LENGTH, Integer.toString(contentLength));
    return fields;
  }
}
