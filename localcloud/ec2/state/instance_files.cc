// The files of an instance: its tree, its images, and its metadata. All of this runs in the
// background, because it may take long (a burst of launches, a slow disk).
#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "localcloud/ec2/state/instance.h"
#include "localcloud/ec2/state/instance_metadata.h"
#include "localcloud/ec2/state/instance_role.h"
#include "localcloud/guest/guest_files.h"
#include "localcloud/http/dates.h"
#include "localcloud/loop/background_worker.h"

namespace localcloud {

void Instance::PrepareFiles(BootKind kind) {
  region_->services.worker->Run(
      [self = shared_from_this(), first = kind == BootKind::kFirst,
       reused = fault_.previous_answers_for.has_value(),
       metadata = Metadata()](const std::stop_token& stop) {
        std::filesystem::create_directories(self->directory_);
        const RootVolumes& volumes = self->region_->machines->volumes();
        const Image& image = *self->spec_.image;
        const std::int64_t gib = self->spec_.root.gib;
        if (first) volumes.CreateRoot(image.tree, self->root_directory(), gib, stop);
        if (first && reused)
          volumes.CreateRoot(image.tree, self->directory_ + "/previous", gib, stop);
        self->image_kind_ = volumes.BootKind(self->root_directory(), image.is_public);
        metadata.Write(self->metadata_directory());
      },
      [self = shared_from_this(), kind, boot = boots_](const std::string& error) {
        if (!self->IsBooting(boot)) return;
        if (!error.empty()) {
          self->OnConsole("localcloud: " + error);
          self->Terminate();
          self->SetReason("Server.InternalError", "Server.InternalError: " + error);
          return;
        }
        self->PowerOn(kind);
      });
}

void Instance::CopyRoot(const std::string& tree,
                        std::function<void(const std::string& error)> done) {
  ++images_in_the_making_;
  region_->services.image_worker->Run(
      [self = shared_from_this(), tree](const std::stop_token& stop) {
        std::filesystem::create_directories(std::filesystem::path(tree).parent_path());
        const std::int64_t gib = self->spec_.root.gib;
        try {
          self->region_->machines->volumes().CreateImage(self->root_directory(), tree, gib, stop);
        } catch (const VolumeFull&) {
          throw std::runtime_error(fmt::format(
              "Client.VolumeLimitExceeded: the files of {} take more than the {} GiB of its root "
              "volume",
              self->id, gib));
        } catch (const std::runtime_error& failure) {
          throw std::runtime_error(fmt::format("Server.InternalError: {}", failure.what()));
        }
      },
      [self = shared_from_this(), done = std::move(done)](const std::string& error) {
        --self->images_in_the_making_;
        done(error);
      });
}

void Instance::ShowPublicAddress() {
  if (public_ip_visible_) return;
  public_ip_visible_ = true;
  region_->services.worker->Run(
      [directory = metadata_directory(), metadata = Metadata()](const std::stop_token&) {
        metadata.Write(directory);
      },
      [](const std::string&) {});  // on failure the guest lacks one path, nothing else
}

void Instance::WriteInterruptionNotice(Clock::duration left) {
  const auto end = std::chrono::system_clock::now() + left;
  const std::string text =
      fmt::format("{{\"action\": \"terminate\", \"time\": \"{}\"}}", FormatTime(end));
  region_->services.worker->Run(
      [directory = metadata_directory(), text](const std::stop_token&) {
        GuestFiles(directory).Write("meta-data/spot/instance-action", text);
      },
      [](const std::string&) {});  // on failure the guest lacks one path, nothing else
}

InstanceMetadata Instance::Metadata() const {
  InstanceMetadata metadata;
  metadata.instance_id = id;
  metadata.image_id = spec_.image->id;
  metadata.instance_type = spec_.type->name;
  metadata.architecture = spec_.type->architecture;
  metadata.region = region_->name;
  metadata.zone = zone_;
  metadata.account_id = region_->services.account_id;
  metadata.reservation_id = spec_.reservation_id;
  metadata.launch_index = spec_.launch_index;
  metadata.private_ip = spec_.interface->private_ip;
  metadata.public_ip = public_ip();
  metadata.mac_address = spec_.interface->mac_address;
  metadata.interface_id = spec_.interface->id;
  metadata.subnet_id = subnet_id_;
  metadata.vpc_id = vpc_id_;
  const auto subnet = region_->subnets.find(subnet_id_);
  if (subnet != region_->subnets.end()) metadata.subnet_cidr = subnet->second->cidr;
  metadata.key_name = spec_.key_name;
  metadata.public_key_line = spec_.public_key_line;
  metadata.user_data = spec_.user_data;
  metadata.launch_time = FormatTime(launch_time_);
  if (spec_.has_role) {
    metadata.profile_arn = InstanceProfileArn(region_->services.account_id);
    metadata.role = kInstanceProfile;
    metadata.role_credentials = role_credentials_;
  }
  return metadata;
}

}  // namespace localcloud
