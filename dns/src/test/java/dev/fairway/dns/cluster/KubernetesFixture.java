// SPDX-License-Identifier: Apache-2.0
package dev.fairway.dns.cluster;

import dev.fairway.dns.ClusterModel;

/** The services that CoreDNS tests its kubernetes plugin with. */
final class KubernetesFixture {
  static final String NEG =
      "- cluster.local. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 7200 1800 86400 5";

  private KubernetesFixture() {}

  static ClusterModel model() {
    ClusterModel model = new ClusterModel().namespace("podns").namespace("svcns");
    model.service("kube-system/kubedns").clusterIp("10.0.0.10").port("dns", "UDP", 53);
    model
        .service("testns/svc1")
        .clusterIp("10.0.0.1")
        .port("http", "TCP", 80)
        .endpoint("172.0.0.1", "ep1a");
    model.service("testns/svcempty").clusterIp("10.0.0.1").port("http", "TCP", 80);
    model.service("testns/svc6").clusterIp("1234:abcd::1").port("http", "TCP", 80);
    model
        .service("testns/hdls1")
        .headless()
        .port("http", "TCP", 80)
        .endpoint("172.0.0.2")
        .endpoint("172.0.0.3")
        .endpoint("172.0.0.4", "dup-name")
        .endpoint("172.0.0.5", "dup-name")
        .endpoint("5678:abcd::1")
        .endpoint("5678:abcd::2");
    model.service("testns/external").externalName("ext.interwebs.test");
    model.service("testns/external-to-service").externalName("svc1.testns.svc.cluster.local.");
    model.service("testns/hdlsprtls").headless().endpoint("172.0.0.20");
    model.service("testns/svc-dual-stack").clusterIp("10.0.0.3", "10::3").port("http", "TCP", 80);
    return model;
  }

  /** Writes a question or an answer out: {@code …} is the rest of a name in testns. */
  static String expand(String text) {
    return text.replace("…", ".testns.svc.cluster.local.").replace("NEG", NEG);
  }
}
