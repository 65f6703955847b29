// How much memory the virtual machines of this host may have together.
#pragma once

#include <cstdint>
#include <memory>

namespace localcloud {

// Use from the event loop's thread only.
class MemoryBudget : public std::enable_shared_from_this<MemoryBudget> {
 public:
  explicit MemoryBudget(std::int64_t mib) : left_mib_(mib) {}

  // Memory that is taken as long as this object lives.
  class Share {
   public:
    Share(std::shared_ptr<MemoryBudget> budget, std::int64_t mib)
        : budget_(std::move(budget)), mib_(mib) {
      budget_->left_mib_ -= mib_;
    }
    ~Share() { budget_->left_mib_ += mib_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    std::shared_ptr<MemoryBudget> budget_;
    std::int64_t mib_;
  };

  // Returns nullptr if less than that is left.
  std::unique_ptr<Share> Take(std::int64_t mib) {
    return mib <= left_mib_ ? std::make_unique<Share>(shared_from_this(), mib) : nullptr;
  }
  std::int64_t left_mib() const { return left_mib_; }

 private:
  std::int64_t left_mib_;
};

}  // namespace localcloud
