#include "analyzer/render/finding_places.hpp"

#include <optional>

namespace smtpscope::render {
namespace {

using findings::RuleId;

// The first packet that ends the connection; none for none.
FrameId end_frame_of(const tcp::TransportFacts& transport) {
  FrameId frame = transport.reset ? transport.reset->frame : FrameId();
  for (const auto& fin : transport.fin) {
    if (fin && (frame == 0 || fin->frame < frame)) frame = fin->frame;
  }
  return frame;
}

}  // namespace

FindingPlaces::FindingPlaces(const Story& story) : story_(story) {
  const auto& exchanges = story.session.exchanges;
  FrameId latest;
  for (const smtp::Exchange& exchange : exchanges) {
    if (exchange.command) latest = std::max(latest, exchange.command->origin.frame);
    for (const smtp::Reply& reply : exchange.replies) latest = std::max(latest, reply.origin.frame);
    frames_.push_back(latest);
  }
  const FrameId end_frame = end_frame_of(story.session.transport);
  for (std::size_t i = 0; i < story.findings.size(); ++i) {
    placed_.push_back({place_of(story.findings[i], end_frame), i});
  }
  std::ranges::sort(placed_);
}

std::size_t FindingPlaces::place_of(const findings::Finding& finding, FrameId end_frame) const {
  const std::size_t behind_the_end = frames_.size() + 1;
  const bool about_handshake =
      finding.rule >= RuleId::tls_handshake_failed && finding.rule <= RuleId::tls_key_missing;
  if (finding.rule == RuleId::tls_hidden || about_handshake) return under_tls;
  if (finding.rule == RuleId::capture_open) return behind_the_end;
  if (finding.exchange < frames_.size()) return finding.exchange + 1;
  const FrameId frame = finding.evidence.empty() ? FrameId() : finding.evidence.front().frame;
  if (frame == 0 || (end_frame != 0 && frame >= end_frame)) return behind_the_end;
  return static_cast<std::size_t>(std::ranges::upper_bound(frames_, frame) - frames_.begin());
}

}  // namespace smtpscope::render
