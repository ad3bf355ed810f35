// SPDX-License-Identifier: Apache-2.0
/**
 * What is wrong with Ingresses before they are served: for the validating webhook and for manifests
 * in files. Pure. Starting points: {@link dev.fairway.ingress.translate.admission.IngressCheck},
 * {@link dev.fairway.ingress.translate.admission.AdmissionReview}.
 */
@NullMarked
package dev.fairway.ingress.translate.admission;

import org.jspecify.annotations.NullMarked;
