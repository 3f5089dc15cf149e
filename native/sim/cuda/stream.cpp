// Streams, graphs, events.
#include "driver.h"
#include <chrono>

EXPORTED CUresult cuStreamCreate(CUstream *stream, unsigned int flags) {
  ENTER
  REQUIRE(flags == CU_STREAM_DEFAULT || flags == CU_STREAM_NON_BLOCKING, CUDA_ERROR_INVALID_VALUE);
  *stream = new CUstream_st;
  driver.streams.insert(*stream);
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuStreamDestroy_v2(CUstream stream) {
  ENTER_ANYWHERE
  REQUIRE(driver.streams.count(stream), CUDA_ERROR_INVALID_HANDLE);
  CUresult error = driver.drain(stream);
  driver.streams.erase(stream);
  delete stream;
  return error;
}

EXPORTED CUresult cuStreamSynchronize(CUstream stream) {
  ENTER
  REQUIRE(driver.streams.count(stream), CUDA_ERROR_INVALID_HANDLE);
  REQUIRE(!stream->capturing, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  return driver.drain(stream);
}

EXPORTED CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode) {
  ENTER
  REQUIRE(driver.streams.count(stream), CUDA_ERROR_INVALID_HANDLE);
  REQUIRE(mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL && !stream->capturing, CUDA_ERROR_INVALID_VALUE);
  stream->capturing = true;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph) {
  ENTER_ANYWHERE
  REQUIRE(driver.streams.count(stream), CUDA_ERROR_INVALID_HANDLE);
  REQUIRE(stream->capturing, CUDA_ERROR_INVALID_VALUE);
  *graph = new CUgraph_st{std::move(stream->captured)};
  driver.graphs.insert(*graph);
  stream->captured.clear();
  stream->capturing = false;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable, CUgraph graph, unsigned long long flags) {
  ENTER
  REQUIRE(driver.graphs.count(graph) && flags == 0, CUDA_ERROR_INVALID_VALUE);
  *executable = new CUgraphExec_st{graph->work};
  driver.executables.insert(*executable);
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  ENTER
  REQUIRE(driver.executables.count(executable), CUDA_ERROR_INVALID_VALUE);
  for (const auto &work : executable->work) {
    if (CUresult error = driver.put(stream, work); error != CUDA_SUCCESS) {
      return error;
    }
  }
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuGraphExecDestroy(CUgraphExec executable) {
  ENTER_ANYWHERE
  REQUIRE(driver.executables.erase(executable), CUDA_ERROR_INVALID_VALUE);
  delete executable;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuGraphDestroy(CUgraph graph) {
  ENTER_ANYWHERE
  REQUIRE(driver.graphs.erase(graph), CUDA_ERROR_INVALID_VALUE);
  delete graph;
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuEventCreate(CUevent *event, unsigned int flags) {
  ENTER
  REQUIRE(flags == CU_EVENT_DEFAULT, CUDA_ERROR_INVALID_VALUE);
  *event = new CUevent_st{-1};
  driver.events.insert(*event);
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuEventRecord(CUevent event, CUstream stream) {
  ENTER
  REQUIRE(driver.events.count(event), CUDA_ERROR_INVALID_HANDLE);
  return driver.put(stream, [event] {
    using namespace std::chrono;
    event->milliseconds = duration<double, std::milli>(steady_clock::now().time_since_epoch()).count();
  });
}

EXPORTED CUresult cuEventSynchronize(CUevent event) {
  ENTER
  REQUIRE(driver.events.count(event), CUDA_ERROR_INVALID_HANDLE);
  return driver.drain_all();
}

EXPORTED CUresult cuEventElapsedTime_v2(float *milliseconds, CUevent from, CUevent to) {
  ENTER
  REQUIRE(driver.events.count(from) && driver.events.count(to), CUDA_ERROR_INVALID_HANDLE);
  REQUIRE(from->milliseconds >= 0 && to->milliseconds >= 0, CUDA_ERROR_INVALID_VALUE);
  *milliseconds = (float)(to->milliseconds - from->milliseconds);
  return CUDA_SUCCESS;
}

EXPORTED CUresult cuEventDestroy_v2(CUevent event) {
  ENTER_ANYWHERE
  REQUIRE(driver.events.erase(event), CUDA_ERROR_INVALID_HANDLE);
  driver.drain_all(); // it may still be in line
  delete event;
  return CUDA_SUCCESS;
}
