#include "data.h"

#include "classes.h"

#include <dispatch/dispatch.h>

using framework::Data;

namespace {

framework::Class &datas() {
  static framework::Class &type = framework::define("OS_dispatch_data");
  return type;
}

} // namespace

void framework::defineData() {
  datas();
}

Data::Data(std::string bytes) : Object(datas()), bytes(std::move(bytes)) {}

dispatch_data_t dispatch_data_create(const void *bytes, size_t size, dispatch_queue_t, dispatch_block_t) {
  return reinterpret_cast<dispatch_data_t>(new Data(std::string(static_cast<const char *>(bytes), size)));
}

void dispatch_release(dispatch_data_t data) {
  framework::release(reinterpret_cast<Data *>(data));
}
