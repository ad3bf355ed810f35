// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.kinds;

import dev.fairway.apiserver.printer.Printers;
import dev.fairway.apiserver.registry.KindStrategy;
import dev.fairway.apiserver.registry.TablePrinter;

/** ServiceAccount: stored so that manifests that name one apply; no tokens are made for it. */
final class ServiceAccountStrategy implements KindStrategy {
  @Override
  public TablePrinter table() {
    return Printers.SERVICE_ACCOUNTS;
  }
}
