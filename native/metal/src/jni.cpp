// The native methods of bitnet.metal.Shim: life cycle and errors.
#include "stream.h"

#include "pool.h"

#include <jni.h>
#include <unistd.h>

using namespace bitnet;

namespace {

template <typename T> T *from(jlong handle) {
  return reinterpret_cast<T *>(handle);
}

jlong handle(const void *object) {
  return reinterpret_cast<jlong>(object);
}

// Makes a bitnet.metal.MetalException of a failure; if that fails in turn, the JVM's own exception is thrown.
void raise(JNIEnv *env, const Failure &failure) {
  jclass type = env->FindClass("bitnet/metal/MetalException");
  jmethodID constructor =
      type == nullptr ? nullptr : env->GetMethodID(type, "<init>", "(Ljava/lang/String;JLjava/lang/String;)V");
  jstring domain = constructor == nullptr ? nullptr : env->NewStringUTF(failure.domain);
  jstring text = domain == nullptr ? nullptr : env->NewStringUTF(failure.text);
  if (text == nullptr) {
    return;
  }
  auto exception =
      static_cast<jthrowable>(env->NewObject(type, constructor, domain, static_cast<jlong>(failure.code), text));
  if (exception != nullptr) {
    env->Throw(exception);
  }
}

// The handle of what was made, or an exception if nothing was.
jlong made(JNIEnv *env, const void *object, const Failure &failure) {
  if (object == nullptr) {
    raise(env, failure);
  }
  return handle(object);
}

} // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_bitnet_metal_Shim_openDevice(JNIEnv *env, jclass) {
  Failure failure;
  return made(env, openDevice(failure), failure);
}

JNIEXPORT void JNICALL Java_bitnet_metal_Shim_compileKernels(JNIEnv *env, jclass, jlong device) {
  Failure failure;
  if (!compileKernels(*from<Device>(device), failure)) {
    raise(env, failure);
  }
}

JNIEXPORT void JNICALL Java_bitnet_metal_Shim_closeDevice(JNIEnv *, jclass, jlong device) {
  closeDevice(from<Device>(device));
}

JNIEXPORT jstring JNICALL Java_bitnet_metal_Shim_name(JNIEnv *env, jclass, jlong device) {
  Pool pool;
  return env->NewStringUTF(from<Device>(device)->metal->name()->utf8String());
}

JNIEXPORT jint JNICALL Java_bitnet_metal_Shim_family(JNIEnv *, jclass, jlong device) {
  return appleFamily(*from<Device>(device));
}

JNIEXPORT jboolean JNICALL Java_bitnet_metal_Shim_isSuitable(JNIEnv *, jclass, jlong device) {
  return isSuitable(*from<Device>(device)) ? JNI_TRUE : JNI_FALSE;
}

JNIEXPORT jlong JNICALL Java_bitnet_metal_Shim_workingSetBytes(JNIEnv *, jclass, jlong device) {
  return static_cast<jlong>(from<Device>(device)->metal->recommendedMaxWorkingSetSize());
}

JNIEXPORT jlong JNICALL Java_bitnet_metal_Shim_pageBytes(JNIEnv *, jclass) {
  return sysconf(_SC_PAGESIZE);
}

JNIEXPORT jlong JNICALL Java_bitnet_metal_Shim_allocate(JNIEnv *env, jclass, jlong device, jlong bytes) {
  Failure failure;
  return made(env, allocate(*from<Device>(device), static_cast<uint64_t>(bytes), failure), failure);
}

JNIEXPORT jlong JNICALL Java_bitnet_metal_Shim_wrap(JNIEnv *env, jclass, jlong device, jlong address, jlong bytes) {
  Failure failure;
  return made(env, wrap(*from<Device>(device), from<void>(address), static_cast<uint64_t>(bytes), failure), failure);
}

JNIEXPORT jlong JNICALL Java_bitnet_metal_Shim_contents(JNIEnv *, jclass, jlong buffer) {
  return handle(from<Buffer>(buffer)->metal->contents());
}

JNIEXPORT jlong JNICALL Java_bitnet_metal_Shim_gpuAddress(JNIEnv *, jclass, jlong buffer) {
  return static_cast<jlong>(from<Buffer>(buffer)->metal->gpuAddress());
}

JNIEXPORT void JNICALL Java_bitnet_metal_Shim_release(JNIEnv *, jclass, jlong buffer) {
  release(from<Buffer>(buffer));
}

JNIEXPORT jlong JNICALL Java_bitnet_metal_Shim_openStream(JNIEnv *env, jclass, jlong device, jlong sendWork) {
  Failure failure;
  return made(env, openStream(*from<Device>(device), static_cast<uint64_t>(sendWork), failure), failure);
}

JNIEXPORT void JNICALL Java_bitnet_metal_Shim_closeStream(JNIEnv *, jclass, jlong stream) {
  close(from<Stream>(stream));
}

} // extern "C"
