// SPDX-License-Identifier: Apache-2.0
package dev.fairway.benchmarks.dataplane;

/** An API server with Services of one port, for {@link NodeScale} to measure a daemon against. */
interface ScaleApi extends AutoCloseable {
  /** How the daemon reaches it. */
  String kubeconfig() throws Exception;

  /** The ClusterIP of a Service. */
  String address(int index);

  /** Gives the endpoints in the first slice of a Service another port. */
  void changePort(int index, int port) throws Exception;

  @Override
  void close() throws Exception;
}
