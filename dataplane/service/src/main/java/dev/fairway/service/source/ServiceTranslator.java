// SPDX-License-Identifier: Apache-2.0
package dev.fairway.service.source;

import dev.fairway.kube.api.IntOrString;
import dev.fairway.kube.api.Service;
import dev.fairway.service.IpAddress;
import dev.fairway.service.IpPrefix;
import dev.fairway.service.Protocol;
import dev.fairway.service.ServiceInfo;
import dev.fairway.service.ServiceSettingsBuilder;
import dev.fairway.service.ServiceType;
import dev.fairway.service.TrafficPolicy;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Translates a Service record as kube-proxy reads it; what cannot be read is left out and logged.
 */
final class ServiceTranslator {
  private static final System.Logger LOG = System.getLogger(ServiceTranslator.class.getName());
  private static final String PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name";
  private static final String ANNOTATION_PREFIX = "fairway.dev/";
  private static final int DEFAULT_AFFINITY_SECONDS = 10800;

  private ServiceTranslator() {}

  static ServiceInfo.Settings translate(Service service) {
    Service.Spec spec = service.spec();
    ServiceType type = ServiceType.ofApiName(spec.type());
    ServiceSettingsBuilder out =
        ServiceInfo.Settings.of(service.metadata().namespace(), service.metadata().name())
            .type(type)
            .headless(type != ServiceType.EXTERNAL_NAME && spec.clusterIP().equals("None"))
            .foreignProxy(service.metadata().labels().containsKey(PROXY_NAME_LABEL))
            .publishNotReadyAddresses(spec.publishNotReadyAddresses())
            .internalPolicy(policy(spec.internalTrafficPolicy()))
            .externalPolicy(policy(spec.externalTrafficPolicy()));
    if (type == ServiceType.EXTERNAL_NAME) {
      out.externalName(spec.externalName());
    }
    addClusterIps(service, out);
    addExternalAddresses(service, out);
    addPorts(service, out);
    addSourceRanges(service, out);
    if (spec.sessionAffinity().equals("ClientIP")) {
      out.affinitySeconds(affinitySeconds(spec));
    }
    if (type == ServiceType.LOAD_BALANCER
        && policy(spec.externalTrafficPolicy()) == TrafficPolicy.LOCAL) {
      out.healthCheckNodePort(spec.healthCheckNodePort());
    }
    for (Map.Entry<String, String> annotation : service.metadata().annotations().entrySet()) {
      if (annotation.getKey().startsWith(ANNOTATION_PREFIX)) {
        out.annotation(annotation.getKey(), annotation.getValue());
      }
    }
    return out.build();
  }

  private static TrafficPolicy policy(String apiName) {
    return apiName.equals("Local") ? TrafficPolicy.LOCAL : TrafficPolicy.CLUSTER;
  }

  private static void addClusterIps(Service service, ServiceSettingsBuilder out) {
    Service.Spec spec = service.spec();
    if (spec.type().equals("ExternalName")
        || spec.clusterIP().isEmpty()
        || spec.clusterIP().equals("None")) {
      return;
    }
    if (spec.ipFamilies().isEmpty() || spec.clusterIPs().isEmpty()) {
      addAddress(service, "clusterIP", spec.clusterIP(), out::clusterIp);
      return;
    }
    int count = Math.min(spec.clusterIPs().size(), spec.ipFamilies().size());
    for (int i = 0; i < count; i++) {
      IpAddress address = IpAddress.tryParse(spec.clusterIPs().get(i));
      if (address == null || !address.family().apiName().equals(spec.ipFamilies().get(i))) {
        warn(service, "clusterIPs", spec.clusterIPs().get(i));
      } else {
        out.clusterIp(address);
      }
    }
  }

  private static void addExternalAddresses(Service service, ServiceSettingsBuilder out) {
    for (String text : service.spec().externalIPs()) {
      addAddress(service, "externalIPs", text, out::externalIp);
    }
    for (Service.LoadBalancerIngress ingress : service.status().ingress()) {
      boolean vip = ingress.ipMode().isEmpty() || ingress.ipMode().equals("VIP");
      if (vip && !ingress.ip().isEmpty()) {
        addAddress(service, "status.loadBalancer.ingress", ingress.ip(), out::loadBalancerIp);
      }
    }
  }

  private static void addPorts(Service service, ServiceSettingsBuilder out) {
    for (Service.Port port : service.spec().ports()) {
      if (port.port() < 1 || port.port() > 65535) {
        warn(service, "ports", Integer.toString(port.port()));
        continue;
      }
      Protocol protocol = Protocol.ofApiName(port.protocol());
      if (service.spec().type().equals("ExternalName")) {
        out.externalPort(
            port.name(), protocol, port.port(), port.appProtocol(), target(port.targetPort()));
      } else {
        out.port(port.name(), protocol, port.port(), port.nodePort(), port.appProtocol());
      }
    }
  }

  /** The port that a target is, or 0 where it is the name of one: nobody knows whose. */
  private static int target(@Nullable IntOrString written) {
    int number = written == null ? 0 : written.number();
    if (written != null && !written.isNumber() && written.toString().matches("[0-9]{1,5}")) {
      number = Integer.parseInt(written.toString());
    }
    return number < 1 || number > 65535 ? 0 : number;
  }

  private static void addSourceRanges(Service service, ServiceSettingsBuilder out) {
    for (String text : service.spec().loadBalancerSourceRanges()) {
      IpPrefix range = IpPrefix.tryParse(text);
      if (range == null) {
        warn(service, "loadBalancerSourceRanges", text);
      } else {
        out.sourceRange(range);
      }
    }
  }

  private static int affinitySeconds(Service.Spec spec) {
    Service.SessionAffinityConfig config = spec.sessionAffinityConfig();
    Integer seconds =
        config == null || config.clientIP() == null ? null : config.clientIP().timeoutSeconds();
    return seconds == null || seconds < 1 ? DEFAULT_AFFINITY_SECONDS : seconds;
  }

  private static void addAddress(
      Service service, String field, String text, Consumer<IpAddress> adder) {
    IpAddress address = IpAddress.tryParse(text.strip());
    if (address == null) {
      warn(service, field, text);
    } else {
      adder.accept(address);
    }
  }

  private static void warn(Service service, String field, String text) {
    LOG.log(
        System.Logger.Level.WARNING,
        "ignored value \"{0}\" of field={1} service={2}",
        text,
        field,
        service.key());
  }
}
