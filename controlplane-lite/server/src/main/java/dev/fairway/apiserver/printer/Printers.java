// SPDX-License-Identifier: Apache-2.0
package dev.fairway.apiserver.printer;

import static dev.fairway.apiserver.printer.ColumnPrinter.always;
import static dev.fairway.apiserver.printer.ColumnPrinter.wide;

import dev.fairway.apiserver.registry.TablePrinter;
import java.util.List;

/** The printers of all kinds. Each is immutable and thread-safe. */
public final class Printers {
  private static final TablePrinter.Column NAME =
      new TablePrinter.Column(
          "Name", "string", "name", 0, "Name must be unique within a namespace.");
  private static final TablePrinter.Column AGE =
      always("Age", "Time since the object was created, in the server's clock.");

  public static final TablePrinter PODS =
      new ColumnPrinter(
          List.of(
              NAME,
              always("Ready", "The aggregate readiness state of this pod for accepting traffic."),
              always("Status", "The aggregate status of the containers in this pod."),
              always(
                  "Restarts",
                  "The number of times the containers in this pod have been restarted and when the"
                      + " last container in this pod has restarted."),
              AGE,
              wide("IP", "Address of the pod, reachable within the cluster."),
              wide("Node", "The node that the pod is scheduled to."),
              wide("Nominated Node", "The node that the pod waits for while others make room."),
              wide("Readiness Gates", "Conditions that must be true besides ready containers.")),
          PodRow::cells);

  public static final TablePrinter SERVICES =
      new ColumnPrinter(
          List.of(
              NAME,
              always("Type", "How the service is exposed."),
              always("Cluster-IP", "The address of the service inside the cluster."),
              always("External-IP", "Addresses of the service outside of the cluster."),
              always("Port(s)", "The ports that are exposed by this service."),
              AGE,
              wide("Selector", "Labels of the pods that serve it.")),
          ServiceRow::cells);

  public static final TablePrinter ENDPOINT_SLICES =
      new ColumnPrinter(
          List.of(
              NAME,
              always("AddressType", "Type of address that this slice carries."),
              always("Ports", "Ports of every endpoint in this slice."),
              always("Endpoints", "Addresses of the endpoints."),
              AGE),
          ServiceRow::sliceCells);

  public static final TablePrinter ENDPOINTS =
      new ColumnPrinter(
          List.of(NAME, always("Endpoints", "Addresses that are ready, with their ports."), AGE),
          ServiceRow::endpointsCells);

  public static final TablePrinter INGRESSES =
      new ColumnPrinter(
          List.of(
              NAME,
              always("Class", "The name of the IngressClass resource that should be used."),
              always("Hosts", "Hosts that incoming requests are matched against before the rule."),
              always("Address", "Addresses of the load balancers that serve the ingress."),
              always("Ports", "Ports of TLS configurations that open."),
              AGE),
          IngressRow::cells);

  public static final TablePrinter INGRESS_CLASSES =
      new ColumnPrinter(
          List.of(
              NAME,
              always("Controller", "Controller that is responsible for handling this class."),
              always("Parameters", "A reference to a resource with additional parameters."),
              AGE),
          IngressRow::classCells);

  public static final TablePrinter DEPLOYMENTS =
      new ColumnPrinter(
          List.of(
              NAME,
              always("Ready", "Number of the pod with ready state."),
              always("Up-to-date", "Pods that have the desired template."),
              always("Available", "Pods ready for at least minReadySeconds."),
              AGE,
              wide("Containers", "Names of each container in the template."),
              wide("Images", "Images referenced by each container in the template."),
              wide("Selector", "Label selector for pods.")),
          WorkloadRow::deploymentCells);

  public static final TablePrinter REPLICA_SETS =
      new ColumnPrinter(
          List.of(
              NAME,
              new TablePrinter.Column("Desired", "integer", "", 0, "The number of desired pods."),
              new TablePrinter.Column("Current", "integer", "", 0, "The number of pods there are."),
              new TablePrinter.Column("Ready", "integer", "", 0, "The number of ready pods."),
              AGE,
              wide("Containers", "Names of each container in the template."),
              wide("Images", "Images referenced by each container in the template."),
              wide("Selector", "Label selector for pods.")),
          WorkloadRow::replicaSetCells);

  public static final TablePrinter NODES =
      new ColumnPrinter(
          List.of(
              NAME,
              always("Status", "The status of the node"),
              always("Roles", "The roles of the node"),
              AGE,
              always("Version", "Kubelet Version reported by the node."),
              wide("Internal-IP", "Address of the node inside the cluster."),
              wide("External-IP", "Address of the node outside of the cluster."),
              wide("OS-Image", "Operating system reported by the node."),
              wide("Kernel-Version", "Kernel version reported by the node."),
              wide("Container-Runtime", "Container runtime version reported by the node.")),
          ClusterRow::nodeCells);

  public static final TablePrinter NAMESPACES =
      new ColumnPrinter(
          List.of(NAME, always("Status", "The status of the namespace"), AGE),
          ClusterRow::namespaceCells);

  public static final TablePrinter LEASES =
      new ColumnPrinter(
          List.of(NAME, always("Holder", "The identity of the current holder."), AGE),
          ClusterRow::leaseCells);

  public static final TablePrinter EVENTS =
      new ColumnPrinter(
          List.of(
              always("Last Seen", "The time at which the most recent occurrence was recorded."),
              always("Type", "Type of this event (Normal, Warning)."),
              always("Reason", "Why this transitioned into the current status, for machines."),
              always("Object", "The object that this event is about."),
              wide("Subobject", "The part of the object that this event is about."),
              wide("Source", "The component reporting this event."),
              always("Message", "Description of the status of this operation, for humans."),
              wide("First Seen", "The time at which the event was first recorded."),
              wide("Count", "The number of times this event has occurred."),
              new TablePrinter.Column(
                  "Name", "string", "name", 1, "Name must be unique within a namespace.")),
          EventRow::cells);

  public static final TablePrinter CONFIG_MAPS =
      new ColumnPrinter(
          List.of(NAME, always("Data", "Number of keys."), AGE), ClusterRow::configMapCells);

  public static final TablePrinter SECRETS =
      new ColumnPrinter(
          List.of(
              NAME,
              always("Type", "What the data is for."),
              always("Data", "Number of keys."),
              AGE),
          ClusterRow::secretCells);

  public static final TablePrinter SERVICE_ACCOUNTS =
      new ColumnPrinter(List.of(NAME, AGE), ClusterRow::nameAndAgeCells);

  private Printers() {}
}
