// What the real metal-cpp headers refer to and bitnet never calls.
extern "C" {

void *MTLCopyAllDevices() {
  return nullptr;
}

void *MTLCopyAllDevicesWithObserver(void **, void *) {
  return nullptr;
}

void MTLRemoveDeviceObserver(void *) {}
}
