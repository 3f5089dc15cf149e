package bitnet.cli;

import bitnet.BackendReport;
import bitnet.Devices;
import bitnet.Model;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Every backend and how it fares on this machine. */
@Command(
        name = "devices",
        description = {
            "Lists the backends, in the order in which they are tried, and what each says about this machine.",
            "With --model, loads that model and says which backend was chosen and why the others were not. For the"
                    + " Apple Neural Engine it says how much of the model runs there."
        })
final class DevicesCommand implements Callable<Integer> {
    private final Console console;

    @Mixin
    private final ModelOptions modelOptions = new ModelOptions();

    @Option(names = "--json", description = "Write a JSON document.")
    private boolean json;

    DevicesCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (modelOptions.model == null) {
            write(Devices.probe(), "");
        } else {
            try (Model model = modelOptions.load(console)) {
                write(model.info().considered(), model.residency());
            }
        }
        return ExitCode.OK.code();
    }

    private void write(List<BackendReport> reports, String residency) {
        if (json) {
            writeJson(reports, residency);
        } else {
            for (BackendReport report : reports) {
                String device = report.device() == null ? "?" : report.device().label();
                console.println(String.format(
                        Locale.ROOT,
                        "%-12s %-10s %-10s %s",
                        report.backend(),
                        device,
                        outcome(report),
                        report.detail()));
            }
            if (!residency.isEmpty()) {
                console.println("residency: " + residency);
            }
        }
    }

    private static String outcome(BackendReport report) {
        return report.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private void writeJson(List<BackendReport> reports, String residency) {
        Json.println(console, json -> {
            json.writeStartArray();
            for (BackendReport report : reports) {
                json.writeStartObject();
                json.writeStringField("backend", report.backend());
                json.writeStringField(
                        "device",
                        report.device() == null ? null : report.device().label());
                json.writeStringField("outcome", outcome(report).replace(' ', '_'));
                json.writeStringField("detail", report.detail());
                if (report.outcome() == BackendReport.Outcome.CHOSEN && !residency.isEmpty()) {
                    json.writeStringField("residency", residency);
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
